from __future__ import annotations

import base64
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from cryptography import x509

from homeperf_ray.sim.apis import Apis
from homeperf_ray.sim.content import plan
from homeperf_ray.sim.content.homelab import Homelab
from homeperf_ray.sim.content.plan import SICKNESSES
from homeperf_ray.sim.delays import Delay
from homeperf_ray.sim.options import Options, OptionsError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Built:
    """A homelab's objects without a server."""

    def __init__(self, now: datetime = NOW, **options: Any) -> None:
        chosen = Options(**options)
        chosen.validate()
        self.apis = Apis(chosen.minor, chosen.without)
        self.store = Homelab(chosen, self.apis, now).store()

    def __getitem__(self, resource: str) -> list[dict[str, Any]]:
        return [entry.document() for entry in self.store.collection(resource).entries]

    def names(self) -> dict[str, list[str]]:
        return {kind.resource: self.store.collection(kind.resource).keys for kind in self.apis.kinds()}


@pytest.fixture(scope="module")
def sick() -> Built:
    return Built()


@pytest.fixture(scope="module")
def healthy() -> Built:
    return Built(healthy=True)


def age(item: dict[str, Any]) -> timedelta:
    return NOW - datetime.fromisoformat(item["metadata"]["creationTimestamp"])


def condition(item: dict[str, Any], type_: str) -> str:
    return next((one["status"] for one in item["status"]["conditions"] if one["type"] == type_), "")


def waiting(pods: list[dict[str, Any]], field: str = "containerStatuses") -> Counter[str]:
    return Counter(
        container["state"]["waiting"]["reason"]
        for pod in pods
        for container in pod["status"].get(field, [])
        if "waiting" in container["state"]
    )


def restarts(pod: dict[str, Any]) -> int:
    return sum(container["restartCount"] for container in pod["status"].get("containerStatuses", []))


def per_day(pod: dict[str, Any]) -> float:
    return restarts(pod) / (age(pod) / timedelta(days=1))


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"nodes": 1, "namespaces": 5, "pods": 5, "pvcs": 0},
        {"nodes": 3, "namespaces": 5, "pods": 20, "pvcs": 3},
        {"nodes": 5, "namespaces": 60, "pods": 61, "pvcs": 7, "seed": 3},
        {"nodes": 12, "namespaces": 100, "pods": 1_200, "pvcs": 333, "seed": 1},
        {"nodes": 40, "namespaces": 30, "pods": 119, "pvcs": 1, "healthy": True},
        {"namespaces": 12, "pods": 250, "without": ("flux", "ceph", "metrics", "certificates", "gateway")},
    ],
)
def test_sizes_are_exact(sizes):
    built, wanted = Built(**sizes), Options(**sizes)
    counts = {resource: len(keys) for resource, keys in built.names().items()}
    assert counts["nodes"] == wanted.nodes
    assert counts["namespaces"] == wanted.namespaces
    assert counts["pods"] == wanted.pods
    assert counts["persistentvolumeclaims"] == wanted.pvcs


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"pods": 5}, "at least 10 pods"),
        ({"namespaces": 4}, "at least 5 namespaces"),
        ({"nodes": 0}, "1 to 5000 nodes"),
        ({"without": ("dns",)}, "flux, ceph, metrics, certificates, gateway"),
        ({"kubernetes_version": "1.7"}, "from 1.19"),
        ({"kubernetes_version": "latest"}, "such as 1.34"),
        ({"latency": Delay(mean=-1)}, "latency"),
    ],
)
def test_options_that_make_no_homelab_say_why(wrong, message):
    with pytest.raises(OptionsError, match=message):
        Options(**wrong).validate()


def test_the_same_seed_gives_the_same_names_and_faults_at_any_time():
    first, later = Built(), Built(now=NOW + timedelta(days=400, seconds=12345))
    assert first.names() == later.names()
    assert waiting(first["pods"]) == waiting(later["pods"])
    statuses = [[pod["status"].get("phase") for pod in built["pods"]] for built in (first, later)]
    assert statuses[0] == statuses[1]
    made = [datetime.fromisoformat(built["pods"][0]["metadata"]["creationTimestamp"]) for built in (first, later)]
    assert made[1] - made[0] == timedelta(days=400, seconds=12345)


def test_another_seed_gives_another_homelab():
    assert Built(seed=8).names()["pods"] != Built(seed=7).names()["pods"]


def test_namespaces_are_those_that_people_have_and_then_generated_ones(sick):
    names = {item["metadata"]["name"] for item in sick["namespaces"]}
    known = {"kube-system", "flux-system", "rook-ceph", "cert-manager", "monitoring", "media", "home-assistant"}
    assert known < names
    assert any(name.startswith("lab-") for name in names)


def test_nodes_have_roles_and_three_kinds_of_trouble(sick):
    nodes = sick["nodes"]
    roles = Counter("node-role.kubernetes.io/control-plane" in node["metadata"]["labels"] for node in nodes)
    assert roles == {True: 3, False: 3}
    assert sum(1 for node in nodes if node["spec"].get("unschedulable")) == 1
    assert Counter(condition(node, "Ready") for node in nodes) == {"True": 5, "Unknown": 1}
    assert [condition(node, "MemoryPressure") for node in nodes].count("True") == 1


def test_every_kind_of_sick_pod_is_there_more_than_once(sick):
    pods = sick["pods"]
    found = waiting(pods)
    for reason in ("CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError"):
        assert found[reason] == 2
    assert waiting(pods, "initContainerStatuses") == {"CrashLoopBackOff": 2}
    phases = Counter(pod["status"]["phase"] for pod in pods)
    assert phases["Unknown"] == 2
    assert phases["Failed"] == 4
    assert sum(1 for pod in pods if pod["status"].get("reason") == "Evicted") == 2
    unscheduled = [pod for pod in pods if "nodeName" not in pod["spec"]]
    assert len(unscheduled) == 2
    assert {pod["status"]["conditions"][0]["reason"] for pod in unscheduled} == {"Unschedulable"}
    assert sum(1 for pod in pods if "deletionTimestamp" in pod["metadata"]) == 2
    killed = [
        pod
        for pod in pods
        for container in pod["status"].get("containerStatuses", [])
        if container["lastState"].get("terminated", {}).get("reason") == "OOMKilled" and container["restartCount"] > 3
    ]
    assert len(killed) == 2
    lost = {node["metadata"]["name"] for node in sick["nodes"] if condition(node, "Ready") == "Unknown"}
    unready = [
        pod
        for pod in pods
        if pod["status"]["phase"] == "Running"
        and condition(pod, "Ready") == "False"
        and "waiting" not in pod["status"]["containerStatuses"][0]["state"]
        and pod["spec"]["nodeName"] not in lost
        and "deletionTimestamp" not in pod["metadata"]
    ]
    assert len(unready) == 2


def test_restart_rates_have_outliers_of_each_age(sick):
    calm = [
        pod
        for pod in sick["pods"]
        if not any("waiting" in container["state"] for container in pod["status"].get("containerStatuses", []))
    ]
    young = [pod for pod in calm if age(pod) < timedelta(days=1) and restarts(pod) > 3]
    steady = [pod for pod in calm if timedelta(days=1) <= age(pod) <= timedelta(days=7) and per_day(pod) > 5]
    old = [pod for pod in calm if age(pod) > timedelta(days=7) and per_day(pod) > 1]
    assert (len(young), len(steady), len(old)) == (2, 2, 2)
    assert all(per_day(pod) < 5 for pod in old)


def test_pods_of_jobs_are_completed(sick):
    done = [pod for pod in sick["pods"] if pod["status"]["phase"] == "Succeeded"]
    assert len(done) == 13
    assert all(pod["metadata"]["ownerReferences"][0]["kind"] == "Job" for pod in done)


def test_every_sickness_has_an_age_and_a_state():
    from homeperf_ray.sim.content import podstates

    assert set(SICKNESSES) == set(podstates.AGES) == set(podstates._SICK)


def test_controllers_count_the_pods_that_there_are(sick):
    ready = Counter(
        (pod["metadata"]["namespace"], pod["metadata"]["ownerReferences"][0]["name"])
        for pod in sick["pods"]
        if condition(pod, "Ready") == "True" and "deletionTimestamp" not in pod["metadata"]
    )
    sets = {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in sick["replicasets.apps"]}
    for key, item in sets.items():
        assert item["status"].get("readyReplicas", 0) == ready[key]
    for kind, field in (("statefulsets.apps", "readyReplicas"), ("daemonsets.apps", "numberReady")):
        for item in sick[kind]:
            assert item["status"].get(field, 0) == ready[item["metadata"]["namespace"], item["metadata"]["name"]]
    deployments = sick["deployments.apps"]
    behind = [item for item in deployments if item["status"].get("readyReplicas", 0) < item["spec"]["replicas"]]
    assert 3 <= len(behind) <= 20
    for item in deployments:
        owned = [
            one["status"].get("readyReplicas", 0)
            for one in sets.values()
            if one["metadata"]["ownerReferences"][0]["uid"] == item["metadata"]["uid"]
        ]
        assert sum(owned) == item["status"].get("readyReplicas", 0)
    daemons = sick["daemonsets.apps"]
    assert all(item["status"]["numberReady"] == item["status"]["desiredNumberScheduled"] - 1 for item in daemons)


def test_what_a_cluster_cannot_do_without(sick):
    for built in (sick, Built(nodes=1, namespaces=5, pods=5, pvcs=0)):
        deployments = {item["metadata"]["name"]: item for item in built["deployments.apps"]}
        assert deployments["coredns"]["metadata"]["labels"]["k8s-app"] == "kube-dns"
        assert deployments["coredns"]["metadata"]["namespace"] == "kube-system"
        assert "ingress-nginx-controller" in deployments
        assert "cilium" in {item["metadata"]["name"] for item in built["daemonsets.apps"]}
        assert [item["spec"]["controller"] for item in built["ingressclasses.networking.k8s.io"]] == [
            "k8s.io/ingress-nginx"
        ]


def test_claims_and_volumes_belong_together(sick):
    claims, volumes = sick["persistentvolumeclaims"], sick["persistentvolumes"]
    assert Counter(item["status"]["phase"] for item in claims) == {"Bound": 38, "Pending": 1, "Lost": 1}
    by_name = {item["metadata"]["name"]: item for item in volumes}
    for claim in claims:
        if claim["status"]["phase"] == "Bound":
            reference = by_name[claim["spec"]["volumeName"]]["spec"]["claimRef"]
            assert reference["uid"] == claim["metadata"]["uid"]
            assert reference["name"] == claim["metadata"]["name"]
    assert Counter(item["status"]["phase"] for item in volumes) == {"Bound": 38, "Released": 1}
    known = {(item["metadata"]["namespace"], item["metadata"]["name"]) for item in claims}
    used = {
        (pod["metadata"]["namespace"], volume["persistentVolumeClaim"]["claimName"])
        for pod in sick["pods"]
        for volume in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert used == known


def test_the_default_class_is_an_option(sick):
    def defaults(built: Built) -> list[str]:
        return [
            item["metadata"]["name"]
            for item in built["storageclasses.storage.k8s.io"]
            if item["metadata"]["annotations"]["storageclass.kubernetes.io/is-default-class"] == "true"
        ]

    assert defaults(sick) == ["ceph-block"]
    assert defaults(Built(default_class=False)) == []


def test_ceph_warns(sick, healthy):
    (cluster,) = sick["cephclusters.ceph.rook.io"]
    ceph = cluster["status"]["ceph"]
    assert ceph["health"] == "HEALTH_WARN"
    assert all(detail["severity"] == "HEALTH_WARN" for detail in ceph["details"].values())
    capacity = ceph["capacity"]
    assert capacity["bytesUsed"] + capacity["bytesAvailable"] == capacity["bytesTotal"]
    assert NOW - datetime.fromisoformat(ceph["lastChecked"]) < timedelta(minutes=2)
    assert healthy["cephclusters.ceph.rook.io"][0]["status"]["ceph"]["health"] == "HEALTH_OK"


def test_flux_has_troubles_and_suspended_objects(sick, healthy):
    for resource, unready, suspended in (
        ("gitrepositories.source.toolkit.fluxcd.io", 1, 0),
        ("ocirepositories.source.toolkit.fluxcd.io", 1, 1),
        ("helmrepositories.source.toolkit.fluxcd.io", 1, 0),
        ("helmcharts.source.toolkit.fluxcd.io", 0, 0),
        ("kustomizations.kustomize.toolkit.fluxcd.io", 2, 1),
        ("helmreleases.helm.toolkit.fluxcd.io", 1, 1),
    ):
        for built, expected in ((sick, (unready, suspended)), (healthy, (0, 0))):
            items = built[resource]
            found = (
                sum(1 for item in items if condition(item, "Ready") == "False"),
                sum(1 for item in items if item["spec"].get("suspend")),
            )
            assert items
            assert found == expected, resource
    assert sick["buckets.source.toolkit.fluxcd.io"] == []
    definitions = {item["metadata"]["name"] for item in sick["customresourcedefinitions.apiextensions.k8s.io"]}
    assert "buckets.source.toolkit.fluxcd.io" in definitions


def expiries(built: Built) -> list[float]:
    days = []
    for secret in built["secrets"]:
        if (
            secret["type"] == "kubernetes.io/tls"
            and (text := base64.b64decode(secret["data"]["tls.crt"]))[:5] == b"-----"
        ):
            certificate = x509.load_pem_x509_certificates(text)[0]
            days.append((certificate.not_valid_after_utc - NOW) / timedelta(days=1))
            host = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            assert host.get_values_for_type(x509.DNSName)
    return days


def test_certificates_are_real_and_expire_at_different_times(sick, healthy):
    days = expiries(sick)
    assert len(days) == 20
    assert sum(1 for left in days if left < 0) == 2
    assert sum(1 for left in days if 1 < left < 7) == 1
    assert sum(1 for left in days if 7 < left < 30) == 2
    identity, *others = sorted(expiries(healthy))
    assert identity < 1
    assert min(others) > 40


def test_certificates_name_the_secrets_that_they_keep(sick, healthy):
    for built, unissued in ((sick, 1), (healthy, 0)):
        secrets = {
            (item["metadata"]["namespace"], item["metadata"]["name"])
            for item in built["secrets"]
            if "cert-manager.io/certificate-name" in item["metadata"].get("annotations", {})
        }
        wanted = {
            (item["metadata"]["namespace"], item["spec"]["secretName"])
            for item in built["certificates.cert-manager.io"]
        }
        assert secrets < wanted if unissued else secrets == wanted
        assert len(wanted - secrets) == unissued
        for item in built["certificates.cert-manager.io"]:
            assert (condition(item, "Ready") == "True") or built is sick


def test_gateways_have_every_fault_once_or_none(sick, healthy):
    def told(built: Built) -> list[tuple[str, str]]:
        items = built["gateways.gateway.networking.k8s.io"]
        return [(condition(item, "Accepted"), condition(item, "Programmed")) for item in items]

    assert told(healthy) == [("True", "True")]
    assert sorted(told(sick)) == [
        ("False", "False"),
        ("True", "False"),
        ("True", "False"),
        ("True", "True"),
        ("Unknown", "Unknown"),
    ]


def test_parts_that_were_never_installed_leave_nothing_behind():
    built = Built(without=("certificates", "gateway"))
    names = built.names()
    assert not [name for name in names if "cert-manager" in name or "gateway" in name]
    assert "cert-manager" not in {item["metadata"]["name"] for item in built["namespaces"]}
    assert not [item for item in built["secrets"] if "cert-manager" in str(item["metadata"])]


def test_ingresses_name_their_service_and_certificate(sick):
    services = {(item["metadata"]["namespace"], item["metadata"]["name"]) for item in sick["services"]}
    secrets = {(item["metadata"]["namespace"], item["metadata"]["name"]) for item in sick["secrets"]}
    hosts, missing, strangers = [], 0, 0
    for item in sick["ingresses.networking.k8s.io"]:
        namespace = item["metadata"]["namespace"]
        (rule,) = item["spec"]["rules"]
        hosts.append(rule["host"])
        strangers += (namespace, rule["http"]["paths"][0]["backend"]["service"]["name"]) not in services
        missing += (namespace, item["spec"]["tls"][0]["secretName"]) not in secrets
    assert (missing, strangers) == (2, 1)
    assert len(set(hosts)) == len(hosts) == 20


def test_a_healthy_homelab_has_nothing_wrong(healthy):
    for node in healthy["nodes"]:
        assert condition(node, "Ready") == "True"
        assert not node["spec"].get("unschedulable")
        assert all(condition(node, one) == "False" for one in ("MemoryPressure", "DiskPressure", "PIDPressure"))
    for pod in healthy["pods"]:
        done = pod["status"]["phase"] == "Succeeded"
        assert done or (pod["status"]["phase"] == "Running" and condition(pod, "Ready") == "True")
        assert per_day(pod) < 0.2
        assert "deletionTimestamp" not in pod["metadata"]
    for item in healthy["deployments.apps"]:
        assert item["status"]["readyReplicas"] == item["spec"]["replicas"]
    for item in healthy["daemonsets.apps"]:
        assert item["status"]["numberReady"] == item["status"]["desiredNumberScheduled"]
    assert {item["status"]["phase"] for item in healthy["persistentvolumeclaims"]} == {"Bound"}
    assert {item["status"]["phase"] for item in healthy["persistentvolumes"]} == {"Bound"}
    assert not [item for item in healthy["events"] if item["type"] == "Warning"]


@pytest.mark.parametrize(
    "options", [{}, {"kubernetes_version": "1.20"}, {"seed": 3, "pods": 3_000, "namespaces": 200, "pvcs": 300}]
)
def test_pods_are_as_large_as_real_ones(options):
    built = Built(**options)
    sizes = sorted(len(entry.typed("Pod", "v1")) for entry in built.store.collection("pods").entries)
    assert sizes[0] >= 3_000
    assert 4_500 < sizes[len(sizes) // 2] < 5_500
    assert sizes[-1] <= 6_000
    for item in built["pods"]:
        own, status = item["metadata"]["managedFields"]
        assert own["fieldsV1"]["f:spec"]["f:containers"].keys() == {
            ".",
            *(f'k:{{"name":"{container["name"]}"}}' for container in item["spec"]["containers"]),
        }
        assert status["fieldsV1"]["f:status"]["f:conditions"]


def test_every_object_has_its_own_uid_and_a_known_version(sick):
    uids, version = set(), sick.store.version
    for kind in sick.apis.kinds():
        if kind.group != "metrics.k8s.io":
            for item in sick[kind.resource]:
                uids.add(item["metadata"]["uid"])
                assert int(item["metadata"]["resourceVersion"]) <= version
    total = sum(
        len(sick.store.collection(kind.resource).entries)
        for kind in sick.apis.kinds()
        if kind.group != "metrics.k8s.io"
    )
    assert len(uids) == total


def test_a_very_large_homelab_has_more_replicas_rather_than_more_workloads():
    options = Options(nodes=1_000, namespaces=2_000, pods=100_000, pvcs=0)
    planned = plan.make(options, Random(7))
    assert sum(one.total for one in planned.workloads) + 4 * 3 + planned.completed + planned.failed == 100_000
    assert len(planned.workloads) < 25_000


def test_a_slice_holds_at_most_a_hundred_endpoints():
    large = Built(nodes=250, pods=900)
    mine = [
        item
        for item in large["endpointslices.discovery.k8s.io"]
        if item["metadata"]["labels"]["kubernetes.io/service-name"] == "cilium"
    ]
    assert sorted(len(item["endpoints"]) for item in mine) == [50, 100, 100]
