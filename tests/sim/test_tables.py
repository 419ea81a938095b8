from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from homeperf_ray.sim.ages import human

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on the PATH")


def kubectl(sim, *arguments, context="homelab", timeout=60):
    command = ["kubectl", "--kubeconfig", str(sim.kubeconfig), "--context", context, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def rows(sim, *arguments):
    answer = kubectl(sim, *arguments)
    assert answer.returncode == 0, answer.stderr
    return [line.split() for line in answer.stdout.splitlines()[1:]]


def test_a_table_has_columns_cells_and_metadata(api):
    answer = api.get("/api/v1/pods", accept=TABLE, limit=5).json
    assert answer["kind"] == "Table"
    names = [column["name"] for column in answer["columnDefinitions"]]
    assert names == [
        "Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates",
    ]  # fmt: skip
    assert answer["metadata"]["remainingItemCount"] == 295
    for row in answer["rows"]:
        assert len(row["cells"]) == len(names)
        assert row["object"]["kind"] == "PartialObjectMetadata"
        assert row["object"]["metadata"]["name"] == row["cells"][0]


def test_a_table_without_objects_or_with_whole_ones(api):
    answer = api.get("/api/v1/nodes", accept=TABLE, includeObject="None").json
    assert answer["rows"][0]["object"] is None
    answer = api.get("/api/v1/nodes", accept=TABLE, includeObject="Object").json
    assert answer["rows"][0]["object"]["kind"] == "Node"
    assert api.get("/api/v1/nodes", accept=TABLE, includeObject="Everything").status == 400


def test_every_listed_resource_has_a_table(api):
    for group in ("/api/v1", "/apis/apps/v1", "/apis/batch/v1", "/apis/networking.k8s.io/v1", "/apis/storage.k8s.io/v1",
                  "/apis/discovery.k8s.io/v1", "/apis/source.toolkit.fluxcd.io/v1", "/apis/ceph.rook.io/v1",
                  "/apis/kustomize.toolkit.fluxcd.io/v1", "/apis/metrics.k8s.io/v1beta1"):  # fmt: skip
        for resource in api.get(group).json["resources"]:
            if "/" in resource["name"]:
                continue
            answer = api.get(f"{group}/{resource['name']}", accept=TABLE).json
            assert answer["kind"] == "Table"
            assert all(len(row["cells"]) == len(answer["columnDefinitions"]) for row in answer["rows"])


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(5, "5s"), (119, "119s"), (120, "2m"), (187, "3m7s"), (900, "15m"), (3 * 3600, "3h"), (5 * 3600 + 60, "5h1m"),
     (30 * 3600, "30h"), (50 * 3600, "2d2h"), (20 * 86400, "20d"), (800 * 86400, "2y70d")],
)  # fmt: skip
def test_ages_are_shown_as_by_kubectl(seconds, shown):
    assert human(seconds) == shown


@needs_kubectl
def test_kubectl_get_pods(sim):
    pods = rows(sim, "get", "pods", "-A")
    assert len(pods) == 300
    statuses = {row[3] for row in pods}
    assert statuses >= {
        "Running", "Completed", "Error", "Evicted", "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "Pending",
        "CreateContainerConfigError", "Terminating", "Unknown", "Init:CrashLoopBackOff",
    }  # fmt: skip


@needs_kubectl
def test_kubectl_get_nodes(sim):
    nodes = {row[0]: row[1:3] for row in rows(sim, "get", "nodes", "-o", "wide")}
    assert nodes["k8s-cp-1"] == ["Ready", "control-plane"]
    assert nodes["k8s-worker-2"] == ["Ready,SchedulingDisabled", "worker"]
    assert nodes["k8s-worker-3"] == ["NotReady", "worker"]


@needs_kubectl
def test_kubectl_get_of_many_kinds(sim):
    assert len(rows(sim, "get", "pvc", "-A")) == 40
    assert len(rows(sim, "get", "deploy", "-n", "media")) > 5
    assert rows(sim, "get", "helmreleases,kustomizations,gitrepositories", "-A")
    assert rows(sim, "get", "all", "-n", "kube-system")
    assert rows(sim, "get", "events", "-A")
    assert ["ceph-block", "(default)"] in [row[:2] for row in rows(sim, "get", "sc")]
    assert len(rows(sim, "api-resources")) > 30


@needs_kubectl
def test_kubectl_pages_and_shows_json(sim):
    answer = kubectl(sim, "get", "pods", "-A", "--chunk-size=50", "-o", "json")
    import json

    assert len(json.loads(answer.stdout)["items"]) == 300
    assert sum(row["count"] for row in sim.counts()["requests"] if row["resource"] == "pods") == 6


@needs_kubectl
def test_kubectl_auth_and_version(sim):
    assert kubectl(sim, "auth", "can-i", "list", "pods").stdout.strip() == "yes"
    assert kubectl(sim, "auth", "can-i", "list", "pods", "-A", context="limited").stdout.strip() == "no"
    assert kubectl(sim, "auth", "can-i", "list", "pods", "-n", "media", context="limited").stdout.strip() == "yes"
    assert "Server Version: v1.34.1" in kubectl(sim, "version").stdout


@needs_kubectl
def test_kubectl_describe_and_refusals(sim):
    assert "Kubelet stopped posting node status" in kubectl(sim, "describe", "node", "k8s-worker-3").stdout
    answer = kubectl(sim, "get", "nodes", context="limited")
    assert answer.returncode == 1
    assert 'nodes is forbidden: User "limited" cannot list resource "nodes"' in answer.stderr
    assert kubectl(sim, "get", "pod", "nothing", "-n", "media").stderr.strip() == (
        'Error from server (NotFound): pods "nothing" not found'
    )


@needs_kubectl
def test_kubectl_against_an_old_server(make_homelab):
    old = make_homelab(kubernetes_version="1.20")
    assert len(rows(old, "get", "pods", "-A")) == 300
    assert rows(old, "get", "cronjobs", "-A")


def test_the_python_client_lists_and_watches(sim):
    from kubernetes import client, config, watch

    configuration = client.Configuration()
    config.load_kube_config(str(sim.kubeconfig), client_configuration=configuration)
    with client.ApiClient(configuration) as connection:
        core = client.CoreV1Api(connection)
        pods = core.list_pod_for_all_namespaces(limit=200)
        rest = core.list_pod_for_all_namespaces(_continue=pods.metadata._continue)
        assert len(pods.items) + len(rest.items) == 300
        assert client.VersionApi(connection).get_code().git_version == "v1.34.1"
        nodes = core.list_node().items
        age = datetime.now(UTC) - nodes[0].metadata.creation_timestamp
        assert age > timedelta(days=100)
        seen = [event["object"].metadata.name for event in watch.Watch().stream(core.list_node, timeout_seconds=1)]
        assert seen == [node.metadata.name for node in nodes]
        custom = client.CustomObjectsApi(connection)
        (ceph,) = custom.list_cluster_custom_object("ceph.rook.io", "v1", "cephclusters")["items"]
        assert ceph["kind"] == "CephCluster"
