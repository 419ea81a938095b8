"""``homeperf get`` through a runtime: what it prints is what it prints without one."""

from __future__ import annotations

import os
import re
import signal
import threading
import time

import pyarrow.parquet as pq
import pytest

from tests.actors.conftest import WORKERS
from tests.cli.command import Done, Homeperf
from tests.homelab import lists, received

pytestmark = pytest.mark.ray

AGES = re.compile(r"\b\d+[smhd](?:\d+[smh])?\b")


@pytest.fixture
def get(runtime: Homeperf, sim):
    def call(*arguments: str, runner: str = "ray", kubeconfig: str = "") -> Done:
        return runtime.run("get", "--kubeconfig", kubeconfig or str(sim.kubeconfig), "--runner", runner, *arguments)

    return call


@pytest.mark.parametrize(
    "arguments",
    [
        ("pods", "-A"),
        ("pods,pvc,ingress", "-n", "media,monitoring", "-o", "wide"),
        ("pods", "-n", "media", "-o", "json"),
        ("nodes", "-o", "yaml"),
        ("helmreleases,kustomizations", "-A", "-o", "jsonl"),
        ("deploy,svc", "-n", "media", "-o", "name"),
        ("svc/kubernetes", "-o", "json"),
        ("svc/kubernetes", "svc/nobody"),
        ("pods,nonsense", "-n", "media"),
        ("pods,secrets", "-n", "media", "--context", "limited"),
        ("pods", "-n", "media", "--context", "homelab,limited", "-o", "json"),
        ("pods", "-A", "-l", "app.kubernetes.io/name=jellyfin", "--no-headers"),
        ("configmaps", "-n", "default", "--field-selector", "metadata.name=nobody"),
    ],
    ids=" ".join,
)
def test_what_is_printed_is_what_is_printed_without_a_runtime(get, arguments):
    far, near = get(*arguments), get(*arguments, runner="local")
    assert (far.code, AGES.sub("AGE", far.out), far.err) == (near.code, AGES.sub("AGE", near.out), near.err)


def test_requests_are_as_many_and_shared_among_the_workers(get, runtime: Homeperf, sim):
    kinds, places = "pods,svc,pvc,cm,deploy,sts", ("databases", "downloads", "photos")
    sim.reset_counts()
    get(kinds, "-n", ",".join(places))
    far = lists(sim), sim.counts()["total"]
    sim.reset_counts()
    get(kinds, "-n", ",".join(places), runner="local")
    assert far == (lists(sim), sim.counts()["total"])
    rows = [row for path in runtime.parquet for row in pq.read_table(path).to_pylist()]
    mine = [row for row in rows if row["worker"].startswith("worker-") and row["namespace"] in places]
    assert len(mine) == 18
    assert len({row["pid"] for row in mine}) > 1
    assert all(row["bytes"] and row["sent"] == 1 for row in mine)
    assert all(row["items"] for row in mine if row["resource"] in {"pods", "configmaps"})


def test_it_is_read_anew_each_time(get, sim):
    for _ in range(2):
        sim.reset_counts()
        get("pods", "-n", "media")
        assert received(sim, verb="list", resource="pods") == 1


def test_one_budget_for_all_workers(get, sim):
    get("pods", "-n", "media", "--qps", "5", "--burst", "2")
    namespaces = "media,monitoring,databases,downloads,photos,documents,auth,network"
    sim.reset_counts()
    began = time.monotonic()
    done = get("pods", "-n", namespaces, "--qps", "5", "--burst", "2")
    took = time.monotonic() - began
    assert done.code == 0
    assert received(sim, verb="list", resource="pods") == 8
    assert took > (8 - 2 - 2) / 5


def test_a_list_that_expires_is_begun_anew_and_nothing_comes_twice(get, make_homelab):
    sim = make_homelab(pods=1_200, namespaces=8, nodes=3, pvcs=4)
    whole = get("pods", "-A", "-o", "name", kubeconfig=str(sim.kubeconfig))
    assert len(whole.out.splitlines()) == 1_200
    sim.fault("expired", resource="pods", verb="list", after=1, times=1)
    again = get("pods", "-A", "-o", "name", kubeconfig=str(sim.kubeconfig))
    assert (again.code, again.out) == (0, whole.out)


def test_a_page_that_is_garbage_fails_its_part_alone(get, sim):
    sim.fault("garbage", resource="pods", namespace="media")
    far = get("pods,svc", "-n", "media")
    near = get("pods,svc", "-n", "media", runner="local")
    assert far.code == near.code == 3
    assert AGES.sub("AGE", far.out) == AGES.sub("AGE", near.out)
    assert far.err == near.err
    assert "could not be understood" in far.err


def test_a_killed_worker_loses_nothing(get, runtime: Homeperf, sim):
    expected = get("pods,svc,cm,deploy", "-n", "media,monitoring,databases", "-o", "name").out
    workers = [worker["pid"] for worker in runtime.run("status", "-o", "json").report["workers"]]
    sim.reset_counts()
    sim.fault("latency", verb="list", seconds=1.5)

    def kill_one_that_holds_requests() -> None:
        deadline = time.monotonic() + 20
        while received(sim, verb="list") < 8 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(workers[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_one_that_holds_requests)
    killer.start()
    done = get("pods,svc,cm,deploy", "-n", "media,monitoring,databases", "-o", "name", "--timeout", "60s")
    killer.join()
    sim.reset()
    assert (done.code, done.out) == (0, expected)
    lost = [
        row for path in runtime.parquet for row in pq.read_table(path).to_pylist() if row["error"] == "worker_lost"
    ]  # fmt: skip
    assert workers[0] in {row["pid"] for row in lost}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        back = runtime.run("status", "-o", "json").report["workers"]
        if len(back) == WORKERS and all(worker["pid"] for worker in back):
            return
        time.sleep(0.5)
    raise AssertionError("the worker did not come back")


def test_a_kubeconfig_that_cannot_be_used_is_told_as_it_is_without_a_runtime(get, tmp_path):
    missing = str(tmp_path / "missing")
    far, near = get("pods", kubeconfig=missing), get("pods", kubeconfig=missing, runner="local")
    assert (far.code, far.out, far.err) == (near.code, near.out, near.err)
    assert far.code == 3


def test_ray_without_a_runtime_is_an_error_and_auto_is_not(tmp_path, homelab):
    homeperf = Homeperf(tmp_path)
    arguments = ("get", "nodes", "-o", "name", "--kubeconfig", str(homelab.kubeconfig))
    forced = homeperf.run(*arguments, "--runner", "ray")
    assert (forced.code, forced.out) == (3, "")
    assert "homeperf up" in forced.err
    free = homeperf.run(*arguments)
    assert (free.code, free.err) == (0, "")


def test_exec_finds_the_same_on_every_runner_and_asks_once(runtime: Homeperf, sim):
    sim.reset_counts()
    ray = runtime.check(sim.kubeconfig, "storage", "--exec", "--fresh", runner="ray").report
    ledger = ray["ledger"]
    assert received(sim, resource="pods/exec") == ledger["details"] == 3
    assert ledger["sent"] == sim.counts()["total"]
    assert ledger["requested"] == ledger["deduplicated"] + ledger["unserved"] + ledger["cache_hits"] + ledger["lists"]
    inside = [finding for finding in ray["details"] if finding["code"].startswith("HP34")]
    assert [finding["message"] for finding in inside] == ["87 % of osd.0 are used"]
    for runner in ("serial", "local"):
        other = runtime.check(sim.kubeconfig, "storage", "--exec", runner=runner).report
        assert (other["details"], other["summary"]) == (ray["details"], ray["summary"])
    sim.reset_counts()
    again = runtime.check(sim.kubeconfig, "storage", "--exec", runner="ray").report
    assert received(sim, resource="pods/exec") == 0
    assert [note for note in again["notes"] if "as of" in note]
    assert again["details"] == ray["details"]
    without = runtime.check(sim.kubeconfig, "storage", "--fresh", runner="ray").report
    assert received(sim, resource="pods/exec") == 0
    assert not [finding for finding in without["details"] if finding["code"].startswith("HP34")]
