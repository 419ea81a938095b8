"""The check on Ray: the same findings, honest counts, nobody else's data, and workers that may die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pyarrow.parquet as pq
import pytest

from tests.actors.conftest import WORKERS
from tests.actors.halted import ask
from tests.cli.command import Homeperf
from tests.homelab import OF_NODES, lists, received

pytestmark = pytest.mark.ray


def findings(report: dict) -> list[tuple[str, str, str]]:
    return [(found["code"], found["namespace"], found["object"]) for found in report["details"]]


def test_ray_finds_what_local_and_serial_find(runtime: Homeperf, sim):
    ray = runtime.check(sim.kubeconfig, "--fresh", runner="ray")
    local = runtime.check(sim.kubeconfig, runner="local")
    serial = runtime.check(sim.kubeconfig, runner="serial")
    assert ray.report["runner"] == "ray"
    assert findings(ray.report) == findings(local.report) == findings(serial.report)
    assert ray.report["summary"] == local.report["summary"] == serial.report["summary"]
    assert ray.code == local.code == serial.code


def test_the_ledger_is_what_the_server_saw(runtime: Homeperf, sim):
    ledger = runtime.check(sim.kubeconfig, "--fresh", runner="ray").report["ledger"]
    assert ledger["sent"] == sim.counts()["total"]
    assert ledger["requested"] == ledger["deduplicated"] + ledger["unserved"] + ledger["cache_hits"] + ledger["lists"]
    assert ledger["sent"] == ledger["lists"] + ledger["pages"] + ledger["discovery"] + ledger["retries"]
    assert all(count == 1 for count in lists(sim).values())


def test_probes_are_done_from_here_whoever_has_read_the_cluster(runtime: Homeperf, make_homelab):
    sim = make_homelab(endpoints=True, healthy=True, pods=60, namespaces=8, pvcs=2)
    environment = {"HOMEPERF_CONFIG": sim.endpoints.configuration}
    ray = runtime.check(sim.kubeconfig, "network", "--probe", "--fresh", runner="ray", **environment)
    local = runtime.check(sim.kubeconfig, "network", "--probe", runner="local", **environment)
    assert ray.report["runner"] == "ray"
    assert [one["target"] for one in ray.report["probes"]] == [one["target"] for one in local.report["probes"]]
    assert {one["vantage"] for one in ray.report["probes"]} == {"workstation"}
    assert not any(one["fault"] for one in ray.report["probes"])
    assert ray.report["summary"] == local.report["summary"]


def test_every_worker_reads_with_a_process_of_its_own(runtime: Homeperf, sim):
    report = runtime.check(sim.kubeconfig, "--fresh", runner="ray").report
    [file] = [path for path in runtime.parquet if report["run"] in path.name]
    rows = [row for row in pq.read_table(file).to_pylist() if row["kind"] == "list"]
    assert {row["worker"] for row in rows} == {f"worker-{number}" for number in range(WORKERS)}
    assert len({row["pid"] for row in rows}) == WORKERS
    assert {row["cache"] for row in rows} == {"miss"}


def test_a_second_check_is_answered_from_the_cache(runtime: Homeperf, sim):
    first = runtime.check(sim.kubeconfig, "--fresh", runner="ray").report
    sim.reset_counts()
    second = runtime.check(sim.kubeconfig, runner="ray").report
    assert sim.counts()["total"] == 0
    assert second["ledger"]["sent"] == 0
    assert second["ledger"]["cache_hits"] == first["ledger"]["lists"]
    assert findings(second) == findings(first)


def test_twenty_checks_at_once_send_the_requests_of_one(runtime: Homeperf, make_homelab):
    sim = make_homelab()
    sim.fault("latency", verb="list", seconds=1.0)
    asked = [ask(runtime, sim, max_age=30.0) for _ in range(20)]
    for one in asked:
        one.join()
    once = {resource: count for resource, count in lists(sim).items() if resource != "nodes.metrics.k8s.io"}
    assert set(once.values()) == {1}, "metrics cannot be watched: so often asked for, they are listed in the background"
    reports = [one.result.report for one in asked]
    assert len({str(report.summary) for report in reports}) == 1
    assert sum(report.ledger.lists for report in reports) == len(lists(sim))


def test_what_is_older_than_max_age_is_read_again(runtime: Homeperf, sim):
    runtime.check(sim.kubeconfig, "nodes", "--fresh", runner="ray")
    time.sleep(0.2)
    sim.reset_counts()
    runtime.check(sim.kubeconfig, "nodes", "--max-age", "100ms", runner="ray")
    assert lists(sim) == dict.fromkeys(OF_NODES, 1)


def test_a_limited_user_sees_nothing_of_what_the_administrator_read(runtime: Homeperf, sim):
    admin = runtime.check(sim.kubeconfig, runner="ray").report
    assert any(found["object"].startswith("Node/") for found in admin["details"])
    limited = runtime.check(sim.kubeconfig, "--context", "limited", runner="ray").report
    judged = {found["namespace"] for found in limited["details"] if found["severity"] != "error"}
    assert judged <= set(sim.limited_namespaces)
    assert any(found["code"] == "HP001" and found["object"] == "nodes" for found in limited["details"])
    assert limited["ledger"]["cache_hits"] == 0
    again = runtime.check(sim.kubeconfig, runner="ray").report
    assert findings(again) == findings(admin)


def test_each_job_brings_its_own_budget(runtime: Homeperf, sim):
    generous = runtime.check(sim.kubeconfig, "--fresh", runner="ray").report["ledger"]
    strict = runtime.check(sim.kubeconfig, "--fresh", "--qps", "10", "--burst", "5", runner="ray").report
    assert strict["ledger"]["sent"] == generous["sent"]
    assert strict["duration_seconds"] > (strict["ledger"]["sent"] - 5) / 10 - 0.5
    again = runtime.check(sim.kubeconfig, "--fresh", runner="ray").report
    assert again["summary"] == strict["summary"]


def test_auto_takes_the_runtime(runtime: Homeperf, sim):
    done = runtime.check(sim.kubeconfig, runner="auto")
    assert done.report["runner"] == "ray"
    assert done.err == ""


def test_a_wrong_token_through_the_runtime_is_one_sentence(runtime: Homeperf, sim, tmp_path):
    from tests.homelab import credentials

    _, _, token = credentials(sim.kubeconfig)
    copy = tmp_path / "kubeconfig"
    copy.write_text(sim.kubeconfig.read_text().replace(token, "wrong"))
    done = runtime.check(copy, runner="ray")
    assert (done.code, done.report["status"], len(done.report["details"])) == (3, "error", 1)


def test_a_context_that_is_not_there_is_refused_through_the_runtime(runtime: Homeperf, sim):
    done = runtime.check(sim.kubeconfig, "--context", "elsewhere", runner="ray")
    assert done.code == 3
    assert "elsewhere" in done.err


def test_a_killed_worker_loses_nothing_and_the_ledger_shows_what_was_sent_again(runtime: Homeperf, sim):
    expected = findings(runtime.check(sim.kubeconfig, "--fresh", runner="ray").report)
    workers = [worker["pid"] for worker in runtime.run("status", "-o", "json").report["workers"]]
    sim.reset_counts()
    sim.fault("latency", verb="list", seconds=1.5)

    def kill_one_that_holds_requests() -> None:
        deadline = time.monotonic() + 10
        while received(sim, verb="list") < 6 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(workers[1], signal.SIGKILL)

    killer = threading.Thread(target=kill_one_that_holds_requests)
    killer.start()
    done = runtime.check(sim.kubeconfig, "--fresh", "--timeout", "40s", runner="ray")
    killer.join()
    ledger = done.report["ledger"]
    assert findings(done.report) == expected
    assert done.report["summary"]["errors"] == 0
    assert ledger["resent"] >= 1
    assert ledger["sent"] == ledger["lists"] + ledger["pages"] + ledger["discovery"] + ledger["retries"]
    assert ledger["requested"] == ledger["deduplicated"] + ledger["unserved"] + ledger["cache_hits"] + ledger["lists"]
    [file] = [path for path in runtime.parquet if done.report["run"] in path.name]
    lost = [row for row in pq.read_table(file).to_pylist() if row["error"] == "worker_lost"]
    assert len(lost) == ledger["resent"]
    assert {row["pid"] for row in lost} == {workers[1]}
    sim.reset()
    back = runtime.run("status", "-o", "json").report["workers"]
    assert len(back) == WORKERS


def test_a_client_that_goes_away_takes_its_work_with_it(runtime: Homeperf, sim):
    sim.fault("latency", verb="list", seconds=30)
    client = subprocess.Popen(
        [sys.executable, "-m", "homeperf_ray.cli.main", "check", "--kubeconfig", str(sim.kubeconfig), "--runner", "ray",
         "--fresh"],
        env=runtime.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for(lambda: runtime.run("status", "-o", "json").report["running"] == 1)
    client.send_signal(signal.SIGINT)
    _, err = client.communicate(timeout=20)
    assert client.returncode == 130
    assert "Traceback" not in err
    wait_for(lambda: runtime.run("status", "-o", "json").report["running"] == 0)


def test_a_runtime_that_ends_in_the_middle_of_a_run_is_replaced_by_this_process(sim, tmp_path):
    other = Homeperf(tmp_path)
    try:
        assert other.run("up", timeout=180).code == 0
        sim.fault("latency", verb="list", seconds=2, times=60)
        client = _client_of_a_runtime(other, sim)
        assert other.run("down").code == 0
        out, err = client.communicate(timeout=60)
    finally:
        other.run("down")
    assert client.returncode == 2
    assert "Node/" in out
    assert err == "homeperf: running locally: the runtime broke off\n"


def _client_of_a_runtime(other: Homeperf, sim) -> subprocess.Popen[str]:
    """A check that a runtime is at. On a busy machine a runtime may be passed over, as it should be: then another."""
    for _ in range(5):
        client = subprocess.Popen(
            [sys.executable, "-m", "homeperf_ray.cli.main", "check", "nodes", "--kubeconfig", str(sim.kubeconfig)],
            env=other.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while client.poll() is None:
            if other.run("status", "-o", "json").report.get("running") == 1:
                return client
        client.communicate()
    raise AssertionError("no check came to the runtime")


def wait_for(condition, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
