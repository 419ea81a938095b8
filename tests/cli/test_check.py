"""``homeperf check`` in this process, on the embedded homelab."""

import pyarrow.parquet as pq
import pytest

from homeperf_ray.checks.registry import CODES
from homeperf_ray.kube.resources import PODS
from tests.cli.command import Homeperf
from tests.homelab import OF_NODES, lists, received


@pytest.fixture
def sim(homelab):
    homelab.reset()
    return homelab


def test_the_homelab_is_judged_and_the_exit_code_says_critical(homeperf: Homeperf, sim):
    done = homeperf.check(sim.kubeconfig)
    assert done.code == 2
    report = done.report
    assert list(report)[:5] == ["status", "timestamp", "summary", "issues", "details"]
    summary = report["summary"]
    assert summary["total"] == sum(summary[part] for part in ("healthy", "warnings", "critical", "errors"))
    assert summary["errors"] == 0
    assert len(report["issues"]) == len(report["details"])
    assert {finding["domain"] for finding in report["details"]} == {"nodes", "workloads", "storage", "network", "flux"}
    assert done.codes <= set(CODES)


def test_a_healthy_homelab_exits_with_zero(homeperf: Homeperf, make_homelab):
    done = homeperf.check(make_homelab(healthy=True, pods=60).kubeconfig)
    assert done.report["details"] == []
    assert (done.code, done.report["status"]) == (0, "healthy")


@pytest.mark.parametrize("runner", ["serial", "local"])
def test_the_ledger_is_what_the_server_saw(homeperf: Homeperf, sim, runner: str):
    ledger = homeperf.check(sim.kubeconfig, runner=runner).report["ledger"]
    assert ledger["sent"] == sim.counts()["total"]
    assert ledger["requested"] == ledger["deduplicated"] + ledger["unserved"] + ledger["cache_hits"] + ledger["lists"]
    parts = ("lists", "pages", "discovery", "details", "retries")
    assert ledger["sent"] == sum(ledger[part] for part in parts)
    asked = lists(sim)
    assert asked.pop("events", 0) <= ledger["details"] <= 15, "five objects, for each events and one log or two"
    assert set(asked.values()) == {1}


def test_several_pages_are_still_one_list(homeperf: Homeperf, make_homelab):
    sim = make_homelab(pods=1_200)
    ledger = homeperf.check(sim.kubeconfig, "workloads").report["ledger"]
    assert lists(sim)["pods"] == 3
    assert ledger["pages"] == sum(count - 1 for count in lists(sim).values())
    assert ledger["sent"] == sim.counts()["total"]


def test_only_what_nodes_need_is_listed_for_the_domain_nodes(homeperf: Homeperf, sim):
    homeperf.check(sim.kubeconfig, "nodes")
    assert lists(sim) == dict.fromkeys(OF_NODES, 1)


def test_discovery_is_asked_for_once_and_then_remembered(homeperf: Homeperf, sim):
    assert homeperf.check(sim.kubeconfig).report["ledger"]["discovery"] > 0
    sim.reset_counts()
    assert homeperf.check(sim.kubeconfig).report["ledger"]["discovery"] == 0
    assert received(sim) == sum(lists(sim).values())
    assert homeperf.check(sim.kubeconfig, "--fresh").report["ledger"]["discovery"] > 0


def test_serial_and_local_find_the_same(homeperf: Homeperf, sim):
    serial = homeperf.check(sim.kubeconfig, runner="serial").report
    local = homeperf.check(sim.kubeconfig, runner="local").report
    assert serial["summary"] == local["summary"]
    assert [(f["code"], f["object"]) for f in serial["details"]] == [(f["code"], f["object"]) for f in local["details"]]


def test_named_namespaces_are_judged_and_nothing_else_of_them_is_read(homeperf: Homeperf, sim):
    namespaces = sorted({row["namespace"] for row in homeperf.check(sim.kubeconfig).report["details"]} - {""})[:2]
    sim.reset_counts()
    done = homeperf.check(sim.kubeconfig, "workloads", "-n", ",".join(namespaces))
    assert {finding["namespace"] for finding in done.report["details"]} <= set(namespaces)
    assert received(sim, verb="list", resource="pods") == 2
    assert received(sim, verb="list", resource="pods", namespace="") == 0


def test_a_limited_user_judges_the_namespaces_that_are_open(homeperf: Homeperf, sim):
    done = homeperf.check(sim.kubeconfig, "workloads", "--context", "limited", "-n", sim.limited_namespaces[0])
    unread = [finding for finding in done.report["details"] if finding["severity"] == "error"]
    assert unread, "deployments are closed to this user"
    assert all(str(PODS) != finding["object"] for finding in unread)
    assert "HP004" not in done.codes


def test_an_old_server_is_judged_in_its_own_versions(homeperf: Homeperf, make_homelab):
    sim = make_homelab(kubernetes_version="1.20", pods=60)
    report = homeperf.check(sim.kubeconfig).report
    assert report["summary"]["errors"] == 0
    assert report["server_version"].startswith("v1.20")
    assert report["ledger"]["sent"] == sim.counts()["total"]


def test_a_cluster_without_flux_and_ceph_gets_notes_and_no_failures(homeperf: Homeperf, make_homelab):
    sim = make_homelab(without=("flux", "ceph"), healthy=True, pods=60)
    done = homeperf.check(sim.kubeconfig)
    assert done.code == 0
    assert any("Flux" in note for note in done.report["notes"])
    assert not [name for name in lists(sim) if "flux" in name or "ceph" in name]


def test_every_operation_is_in_the_parquet(homeperf: Homeperf, sim):
    done = homeperf.check(sim.kubeconfig)
    [file] = homeperf.parquet
    rows = pq.read_table(file).to_pylist()
    assert sum(row["sent"] for row in rows) == done.report["ledger"]["sent"]
    assert {row["run"] for row in rows} == {done.report["run"]}
    assert {row["resource"] for row in rows if row["kind"] == "list"} == set(lists(sim)) - {"events"}
    assert file.stat().st_mode & 0o077 == 0


def test_no_timings_writes_none(homeperf: Homeperf, sim):
    homeperf.check(sim.kubeconfig, "--no-timings")
    assert homeperf.parquet == []


def test_the_table_names_what_is_sick_and_what_it_cost(homeperf: Homeperf, sim):
    done = homeperf.run("check", "--kubeconfig", str(sim.kubeconfig), "--runner", "local")
    assert done.code == 2
    assert done.out.startswith("homelab (v1.34")
    assert "CRITICAL: " in done.out
    assert "requests asked for" in done.out
    assert "\x1b" not in done.out
    assert done.err == ""


def test_nothing_secret_is_ever_shown_or_kept(homeperf: Homeperf, sim):
    from tests.homelab import credentials

    _, _, token = credentials(sim.kubeconfig)
    done = homeperf.run("check", "--kubeconfig", str(sim.kubeconfig), "--runner", "local")
    kept = [path.read_bytes() for path in homeperf.home.rglob("*") if path.is_file()]
    assert token not in done.out + done.err
    assert all(token.encode() not in data for data in kept)


@pytest.mark.parametrize("output", ["wide", "yaml", "jsonl", "junit", "prometheus", "name"])
def test_the_exit_code_does_not_depend_on_the_format(homeperf: Homeperf, sim, output: str):
    done = homeperf.run("check", "--kubeconfig", str(sim.kubeconfig), "--runner", "local", "-o", output)
    assert done.code == 2
    assert "k8s-worker-3" in done.out or output == "prometheus"
    assert done.err == ""


@pytest.mark.parametrize(("said", "colour"), [("always", True), ("never", False), ("auto", False)])
def test_colour_is_as_it_was_asked_for(homeperf: Homeperf, sim, said: str, colour: bool):
    done = homeperf.run("check", "nodes", "--kubeconfig", str(sim.kubeconfig), "--runner", "local", "--color", said)
    assert ("\x1b[" in done.out) is colour


@pytest.mark.parametrize(("said", "code"), [("warning", 1), ("critical", 0), ("never", 0)])
def test_fail_on_shifts_the_exit_code_of_warnings(homeperf: Homeperf, make_homelab, said: str, code: int):
    homelab = make_homelab(nodes=3, namespaces=6, pods=40, pvcs=4, healthy=True)
    homelab.patch("nodes", "", "k8s-worker-1", {"spec": {"unschedulable": True}})
    assert homeperf.check(homelab.kubeconfig, "nodes", "--fail-on", said).code == code


def test_what_changed_since_the_last_run_is_told(homeperf: Homeperf, make_homelab):
    homelab = make_homelab(nodes=3, namespaces=6, pods=40, pvcs=4, healthy=True)
    first = homeperf.check(homelab.kubeconfig, "nodes", "--since-last").report
    assert "changes" not in first
    homelab.patch("nodes", "", "k8s-worker-1", {"spec": {"unschedulable": True}})
    changes = homeperf.check(homelab.kubeconfig, "nodes", "--since-last").report["changes"]
    assert [(one["code"], one["object"]) for one in changes["new"]] == [("HP107", "Node/k8s-worker-1")]
    homelab.patch("nodes", "", "k8s-worker-1", {"spec": {"unschedulable": None}})
    changes = homeperf.check(homelab.kubeconfig, "nodes", "--since-last").report["changes"]
    assert (changes["new"], [one["code"] for one in changes["fixed"]]) == ([], ["HP107"])


def test_a_suppressed_finding_is_counted_and_not_hidden(homeperf: Homeperf, make_homelab, tmp_path):
    homelab = make_homelab(nodes=3, namespaces=6, pods=40, pvcs=4, healthy=True)
    homelab.patch("nodes", "", "k8s-worker-1", {"spec": {"unschedulable": True}})
    config = tmp_path / "config.yaml"
    config.write_text("suppress:\n  - {code: HP107, object: Node/k8s-worker-1, until: 2999-01-01, reason: repair}\n")
    done = homeperf.check(homelab.kubeconfig, "nodes", "--config", str(config))
    assert (done.code, done.report["status"]) == (0, "healthy")
    assert [one["code"] for one in done.report["suppressed"]] == ["HP107"]
    table = homeperf.run("check", "nodes", "--kubeconfig", str(homelab.kubeconfig), "--config", str(config))
    assert "1 suppressed" in table.out
