"""``check --kubelet`` as a user runs it: what it finds, what it costs, what it shows, and what it does without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from homeperf_ray.sim.fill import USED
from homeperf_ray.sim.process import RunningSim
from tests.cli.command import Done, Homeperf
from tests.homelab import received, start_homelab
from tests.sim.api import Api

FULL = {"HP332", "HP333", "HP334"}
"""What the homelab has planted: claims that are full, getting full, and out of inodes."""


@pytest.fixture(scope="module")
def world() -> Iterator[RunningSim]:
    with start_homelab(kubelets="signed") as sim:
        yield sim


@pytest.fixture
def sim(world: RunningSim) -> Iterator[RunningSim]:
    world.reset()
    yield world
    world.clear_faults()


def storage(homeperf: Homeperf, sim: RunningSim, *more: str, context: str = "stats", **environment: Any) -> Done:
    return homeperf.check(sim.kubeconfig, "storage", "--kubelet", "--context", context, *more, **environment)


def findings(done: Done) -> list[tuple[str, str, str, str]]:
    return [tuple(one[key] for key in ("code", "namespace", "object", "message")) for one in done.report["details"]]


def test_without_it_no_kubelet_is_asked(homeperf, sim):
    done = homeperf.check(sim.kubeconfig, "storage", "--context", "stats")
    assert not FULL & done.codes
    assert done.report["volumes"] == []
    assert received(sim, resource="nodes/proxy") == received(sim, verb="create") == 0


def test_it_finds_what_is_full_on_either_way_and_with_every_runner(homeperf, sim):
    direct, proxied = storage(homeperf, sim), storage(homeperf, sim, context="proxy")
    serial = storage(homeperf, sim, runner="serial")
    assert direct.codes >= FULL
    assert findings(direct) == findings(proxied) == findings(serial)
    assert direct.report["summary"] == proxied.report["summary"] == serial.report["summary"]


def test_the_ledger_is_what_the_server_saw(homeperf, sim):
    for context, proxied in (("stats", 0), ("proxy", 5)):
        sim.reset_counts()
        ledger = storage(homeperf, sim, context=context).report["ledger"]
        counted = ledger["lists"] + ledger["pages"] + ledger["discovery"] + ledger["reviews"] + ledger["proxied"]
        assert ledger["sent"] == sim.counts()["total"] == counted + ledger["retries"]
        assert ledger["requested"] == sum(
            ledger[key] for key in ("deduplicated", "unserved", "cache_hits", "lists", "kubelets")
        )
        assert (ledger["kubelets"], ledger["proxied"], ledger["reviews"]) == (5, proxied, 2)


def test_there_is_a_row_of_timings_for_each_kubelet(homeperf, sim):
    done = storage(homeperf, sim)
    mine = [path for path in homeperf.parquet if done.report["run"] in path.name]
    (file,) = (path for path in mine if "_volumes" not in path.parts)
    rows = [row for row in pq.read_table(file).to_pylist() if row["kind"] == "kubelet"]
    assert len(rows) == 5
    assert all(row["resource"] == "nodes/stats" and row["status"] == 200 and row["total"] > 0 for row in rows)


def test_the_volumes_come_worst_first(homeperf, sim):
    volumes = storage(homeperf, sim).report["volumes"]
    shares = [max(one["used_percent"], one["inodes_percent"] or 0) for one in volumes]
    assert shares == sorted(shares, reverse=True)
    assert len({(one["namespace"], one["claim"]) for one in volumes}) == len(volumes) > 30
    assert volumes[0]["taken"].endswith("Z")
    wide = homeperf.run(
        "check", "storage", "--kubelet", "--kubeconfig", str(sim.kubeconfig), "--context", "stats", "-o", "wide"
    )
    head = next(number for number, line in enumerate(wide.out.splitlines()) if line.startswith("USED "))
    first = wide.out.splitlines()[head + 1]
    assert volumes[0]["claim"] in first
    assert volumes[0]["node"] in first


def test_the_proxy_comes_with_its_warning_and_the_direct_way_without(homeperf, sim):
    assert any("run commands in every pod" in note for note in storage(homeperf, sim, context="proxy").report["notes"])
    assert not any("nodes/proxy" in note for note in storage(homeperf, sim).report["notes"])


def test_who_may_neither_hears_it_once(homeperf, sim):
    sim.reset_counts()
    done = storage(homeperf, sim, "--kubelet-access", "proxy")
    (finding,) = (one for one in done.report["details"] if one["object"] == "nodes/stats")
    assert finding["code"] == "HP001"
    assert "not judged: use of volumes" in finding["message"]
    assert "doctor --kubelet" in finding["hint"]
    assert received(sim, resource="nodes/proxy") == 0


def test_a_kubelet_that_hangs_is_a_finding_about_its_node_only(homeperf, sim):
    sim.fault("kubelet", node="k8s-cp-1")
    done = storage(homeperf, sim)
    silent = [one for one in done.report["details"] if one["code"] == "HP331"]
    assert [one["object"] for one in silent] == ["Node/k8s-cp-1"]
    assert {one["node"] for one in done.report["volumes"]} >= {"k8s-cp-2", "k8s-cp-3", "k8s-worker-1"}


def test_a_node_that_does_not_answer_is_a_note(homeperf, sim):
    done = storage(homeperf, sim)
    assert "HP331" not in done.codes
    assert any("not known: k8s-worker-3" in note for note in done.report["notes"])


def test_a_namespace_alone(homeperf, sim):
    namespace = storage(homeperf, sim).report["volumes"][0]["namespace"]
    done = storage(homeperf, sim, "-n", namespace)
    assert {one["namespace"] for one in done.report["volumes"]} == {namespace}
    assert {one["namespace"] for one in done.report["details"] if one["code"] in FULL} == {namespace}


def test_it_may_stand_in_the_environment_and_in_the_file_with_thresholds_by_claim(homeperf, sim, tmp_path):
    claims = storage(homeperf, sim).report["volumes"]
    full = next(one for one in claims if one["used_percent"] > 90)
    file = tmp_path / "config.yaml"
    file.write_text(
        "kubelet: true\noverrides:\n"
        f"  - namespace: {full['namespace']}\n    object: PersistentVolumeClaim/{full['claim']}\n"
        "    thresholds: {volume_used: 99%, volume_used_critical: 100%}\n"
    )
    arguments = ("storage", "--context", "stats")
    configured = homeperf.check(sim.kubeconfig, "--config", str(file), *arguments)
    assert configured.report["volumes"]
    named = {one["object"] for one in configured.report["details"] if one["code"] in FULL}
    assert f"PersistentVolumeClaim/{full['claim']}" not in named
    assert homeperf.check(sim.kubeconfig, *arguments, HOMEPERF_KUBELET="true").report["volumes"]


def test_a_claim_that_fills_up_is_found(homeperf, make_homelab):
    sim = make_homelab(nodes=3, namespaces=8, pods=60, pvcs=10, healthy=True, kubelets="signed")
    before = storage(homeperf, sim)
    assert before.code == 0, before.out
    chosen = before.report["volumes"][-1]
    sim.patch(
        "persistentvolumeclaims", chosen["namespace"], chosen["claim"], {"metadata": {"annotations": {USED: "95"}}}
    )
    after = storage(homeperf, sim)
    assert [(one["code"], one["object"]) for one in after.report["details"]] == [
        ("HP332", f"PersistentVolumeClaim/{chosen['claim']}")
    ]
    assert after.code == 2


def test_an_unsigned_kubelet_is_asked_only_where_the_user_says_so(homeperf, make_homelab):
    sim = make_homelab(nodes=3, namespaces=8, pods=60, pvcs=10, healthy=True, kubelets="self-signed")
    refused = storage(homeperf, sim)
    assert refused.codes == {"HP331"}
    assert refused.code == 3
    assert sim.kubelets()["received"] == {}
    allowed = storage(homeperf, sim, "--kubelet-insecure-tls")
    assert allowed.code == 0
    assert len(sim.kubelets()["received"]) == 3


def test_doctor_prints_the_rule_and_the_warning(homeperf, sim):
    def doctor(context: str, *more: str) -> Done:
        return homeperf.run("doctor", "storage", "--kubeconfig", str(sim.kubeconfig), "--context", context, *more)

    lacking = doctor("limited", "--kubelet")
    rules = [
        rule
        for document in yaml.safe_load_all(lacking.out[lacking.out.index("apiVersion:") :])
        for rule in document.get("rules", ())
    ]
    assert any("nodes/stats" in rule["resources"] and rule["verbs"] == ["get"] for rule in rules)
    assert not any("nodes/proxy" in rule["resources"] for rule in rules)
    assert "run commands in every pod" in " ".join(lacking.out.split())
    assert "kubelets can be verified are asked directly" not in doctor("stats").out
    assert "nodes/stats" in doctor("stats", "--kubelet").out
    admin = " ".join(doctor("homelab", "--kubelet").out.split())
    assert "kubelets are not asked directly, as its token may use nodes/proxy" in admin
    printed = homeperf.run("doctor", "--print-rbac", "--kubelet", "storage")
    assert "nodes/stats" in printed.out
    assert "nodes/proxy" not in printed.out
    assert "nodes/stats" not in homeperf.run("doctor", "--print-rbac", "storage").out


def test_a_pod_that_waits_for_its_volume_and_a_claim_that_nobody_mounts(homeperf, make_homelab):
    sim = make_homelab(nodes=3, namespaces=8, pods=60, pvcs=10, healthy=True, kubelets="signed")
    mounted = storage(homeperf, sim).report
    assert not any("no pod mounts" in note for note in mounted["notes"])
    assert received(sim, resource="events") == 0
    volume = mounted["volumes"][0]
    pod = next(one for one in pods_of(sim, volume["namespace"]) if volume["claim"] in str(one["spec"]["volumes"]))
    namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
    creating = [
        {**one, "ready": False, "state": {"waiting": {"reason": "ContainerCreating"}}}
        for one in pod["status"]["containerStatuses"]
    ]
    sim.patch("pods", namespace, name, {"status": {"phase": "Pending", "containerStatuses": creating}})
    message = 'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) other'
    about = {"kind": "Pod", "namespace": namespace, "name": name}
    event = {"involvedObject": about, "type": "Warning", "reason": "FailedAttachVolume", "message": message}
    sim.put("events", namespace, f"{name}.1", {"metadata": {}, **event, "lastTimestamp": "2026-01-01T00:00:00Z"})
    claim = sim.show("persistentvolumeclaims", volume["namespace"], volume["claim"])
    claim["metadata"] |= {"uid": "forgotten", "annotations": {}}
    sim.put("persistentvolumeclaims", namespace, "forgotten", claim)
    sim.reset_counts()
    done = storage(homeperf, sim)
    (finding,) = (one for one in done.report["details"] if one["code"] == "HP336")
    assert finding["object"] == f"Pod/{name}"
    assert message in finding["message"]
    assert received(sim, resource="events") == 1
    assert any(f"{namespace}/forgotten" in note for note in done.report["notes"])


def pods_of(sim: RunningSim, namespace: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Api(sim).get(f"/api/v1/namespaces/{namespace}/pods").json["items"]
    return [one for one in found if one["status"]["phase"] == "Running"]


def test_what_kubelets_told_is_compared_with_what_they_told_and_not_called_fixed_without_them(homeperf, sim):
    assert storage(homeperf, sim).codes >= FULL
    without = homeperf.check(sim.kubeconfig, "storage", "--context", "stats", "--since-last")
    assert "changes" not in without.report
    again = storage(homeperf, sim, "--since-last")
    assert again.report["changes"]["fixed"] == again.report["changes"]["new"] == []
