"""What is asked for often is watched: no LIST, current, and anew where a worker or a watch dies."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from homeperf_ray.actors.client import connect
from homeperf_ray.cache.watched import ASKS
from homeperf_ray.sim.process import SimError
from homeperf_ray.timings.reading import read
from tests.actors.conftest import folder_of
from tests.actors.test_check_on_ray import findings
from tests.cli.command import Homeperf
from tests.homelab import lists, received

pytestmark = pytest.mark.ray

CHURNED = 4
"""Pods that come and go."""


def entries(runtime: Homeperf, state: str = "") -> dict[str, dict]:
    """The entries of the administrator, by resource."""
    held = runtime.run("cache", "-o", "json").report["entries"]
    return {one["resource"]: one for one in held if one["context"] == "homelab" and state in ("", one["state"])}


def until(condition: Callable[[], bool], seconds: float = 60.0) -> float:
    """Wait for something; how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        time.sleep(0.05)
    return time.monotonic() - began


def followed(runtime: Homeperf, sim, *domains: str) -> dict[str, dict]:
    """Ask often enough, and wait until everything that can be watched is."""
    runtime.run("cache", "clear")
    for _ in range(ASKS):
        runtime.check(sim.kubeconfig, *domains, runner="ray")
    until(
        lambda: not entries(runtime, "loading") and not entries(runtime, "stale") and bool(entries(runtime, "watched"))
    )
    return entries(runtime)


def unready(report: dict) -> set[str]:
    return {found["object"] for found in report["details"] if found["code"] in {"HP102", "HP105"}}


def test_a_warm_check_of_what_is_watched_sends_nothing_and_says_so(runtime: Homeperf, sim):
    held = followed(runtime, sim)
    assert held["nodes.metrics.k8s.io"]["state"] == "refreshed"
    assert {name for name, one in held.items() if one["state"] != "watched"} == {"nodes.metrics.k8s.io"}
    time.sleep(1.0)
    sim.reset_counts()
    report = runtime.check(sim.kubeconfig, "--max-age", "3s", runner="ray").report
    assert set(lists(sim)) <= {"nodes.metrics.k8s.io"}
    ledger = report["ledger"]
    assert ledger["watched"] == len(held) - 1
    assert ledger["cache_hits"] >= ledger["watched"]
    assert ledger["age_seconds"] > 0
    fresh = runtime.check(sim.kubeconfig, "--fresh", runner="ray").report
    assert report["summary"] == fresh["summary"]


def test_a_promotion_costs_one_watch_and_no_list(runtime: Homeperf, sim):
    runtime.run("cache", "clear")
    sim.reset_counts()
    followed(runtime, sim, "flux")
    watches = received(sim, verb="watch")
    assert watches > 3
    assert all(count == 1 for count in lists(sim).values())
    assert watches == len(entries(runtime, "watched"))


def test_a_change_is_seen_by_the_next_check(runtime: Homeperf, sim):
    followed(runtime, sim, "nodes")
    before = unready(runtime.check(sim.kubeconfig, "nodes", runner="ray").report)
    node = sim.show("nodes", "", "k8s-worker-1")
    sim.patch("nodes", "", "k8s-worker-1", {"spec": {"unschedulable": True}})
    sim.reset_counts()
    try:
        time.sleep(0.5)
        report = runtime.check(sim.kubeconfig, "nodes", runner="ray").report
        local = runtime.check(sim.kubeconfig, "nodes", runner="local").report
        assert report["details"] == local["details"] or report["summary"] == local["summary"]
        assert unready(report) == unready(local)
        assert before <= unready(report) | before
        assert any(one["object"] == "Node/k8s-worker-1" for one in report["details"])
    finally:
        sim.put("nodes", "", "k8s-worker-1", node)


def test_a_limited_user_has_watches_of_his_own(runtime: Homeperf, sim):
    followed(runtime, sim, "nodes")
    limited = runtime.check(sim.kubeconfig, "nodes", "--context", "limited", runner="ray").report
    assert limited["ledger"]["watched"] == 0
    assert any(one["code"] == "HP001" and one["object"] == "nodes" for one in limited["details"])


def test_a_watch_that_cannot_be_had_is_stale_says_so_and_the_server_is_asked(runtime: Homeperf, sim):
    followed(runtime, sim, "nodes")
    sim.fault("status", status=503, verb="watch", resource="nodes")
    killed = runtime.run("status", "-o", "json").report["workers"]
    owner = entries(runtime)["nodes"]["worker"]
    os.kill(next(one["pid"] for one in killed if one["name"] == owner), signal.SIGKILL)
    until(lambda: "503" in entries(runtime).get("nodes", {}).get("reason", ""))
    report = runtime.check(sim.kubeconfig, "nodes", "--max-age", "10m", runner="ray").report
    assert any("nodes: as of" in note for note in report["notes"])
    sim.reset_counts()
    report = runtime.check(sim.kubeconfig, "nodes", "--max-age", "100ms", runner="ray").report
    assert lists(sim)["nodes"] == 1
    sim.clear_faults()
    until(lambda: entries(runtime)["nodes"]["state"] == "watched", 40)


def test_when_a_worker_dies_others_take_over_from_the_last_version(runtime: Homeperf, sim):
    held = followed(runtime, sim, "nodes")
    owner = held["pods"]["worker"]
    workers = {one["name"]: one["pid"] for one in runtime.run("status", "-o", "json").report["workers"]}
    sim.reset_counts()
    os.kill(workers[owner], signal.SIGKILL)
    until(lambda: entries(runtime)["pods"]["worker"] != owner and entries(runtime)["pods"]["state"] == "watched")
    assert received(sim, verb="list", resource="pods") == 0
    assert received(sim, verb="watch", resource="pods") >= 1
    until(lambda: {one["state"] for one in entries(runtime).values()} <= {"watched", "refreshed"})


@pytest.fixture
def churned(sim):
    """The homelab is everybody's: what a test has made is taken away again."""
    yield sim
    for number in range(CHURNED):
        with contextlib.suppress(SimError):
            sim.delete("pods", "media", f"churn-{number}")


def test_through_changes_and_deaths_it_finds_what_a_fresh_check_finds_or_says_that_it_is_stale(
    runtime: Homeperf, churned
):
    """A worker is killed in every other round; two seconds are granted to what is on its way."""
    chance, sim = random.Random(7), churned
    followed(runtime, sim, "nodes", "workloads")
    for number in range(4):
        for _ in range(5):
            change(sim, chance)
        if number % 2:
            workers = runtime.run("status", "-o", "json").report["workers"]
            os.kill(chance.choice([one["pid"] for one in workers if one["pid"]]), signal.SIGKILL)
        until(lambda: honest(runtime, sim), 2.0 + 2.0)
    until(lambda: {one["state"] for one in entries(runtime).values()} <= {"watched", "refreshed"})
    assert honest(runtime, sim)


def change(sim, chance: random.Random) -> None:
    name = f"churn-{chance.randrange(CHURNED)}"
    if chance.random() < 0.3:
        with contextlib.suppress(SimError):
            sim.delete("pods", "media", name)
    else:
        status = {"phase": chance.choice(["Running", "Failed", "Pending"]), "reason": chance.choice(["Evicted", "Odd"])}
        created = {"creationTimestamp": "2026-01-01T00:00:00Z"}
        sim.put("pods", "media", name, {"metadata": created, "spec": {"nodeName": "k8s-worker-1"}, "status": status})


def honest(runtime: Homeperf, sim) -> bool:
    """Whether a check through the cache finds what a fresh one finds, or says that something is stale."""
    report = runtime.check(sim.kubeconfig, "nodes", "workloads", runner="ray").report
    fresh = runtime.check(sim.kubeconfig, "nodes", "workloads", runner="local").report
    objects = [{(one["code"], one["namespace"], one["object"]) for one in each["details"]} for each in (report, fresh)]
    stale = any("as of" in note for note in report["notes"])
    return stale or (objects[0] == objects[1] and report["summary"] == fresh["summary"])


def test_when_the_cache_itself_dies_its_watches_end_and_everything_is_read_again(runtime: Homeperf, sim):
    followed(runtime, sim, "nodes")
    fresh = runtime.check(sim.kubeconfig, "nodes", runner="local").report
    with connect(folder_of(runtime).folder, patience=5.0) as client:
        os.kill(client.hello().pid, signal.SIGKILL)
    until(lambda: runtime.run("cache").code == 0, 30)
    until(lambda: sim.counts()["in_flight"] == 0)
    assert entries(runtime) == {}
    report = runtime.check(sim.kubeconfig, "nodes", runner="ray").report
    assert findings(report) == findings(fresh)
    assert report["ledger"]["cache_hits"] == 0
    assert set(followed(runtime, sim, "nodes")) >= {"nodes", "pods"}


def test_clear_forgets_and_ends_the_watches(runtime: Homeperf, sim):
    followed(runtime, sim, "nodes")
    done = runtime.run("cache", "clear", "nodes")
    assert done.out == "2 entries of nodes forgotten.\n", "the nodes, and what metrics-server measured of them"
    assert "nodes" not in entries(runtime)
    assert "pods" in entries(runtime)
    runtime.run("cache", "clear")
    assert entries(runtime) == {}
    until(lambda: sim.counts()["in_flight"] == 0)
    assert runtime.run("cache", "clear", "nothing").out == "Nothing of nothing was held.\n"


def test_one_namespace_is_answered_from_what_is_watched_of_all(runtime: Homeperf, sim):
    followed(runtime, sim)
    local = runtime.check(sim.kubeconfig, "-n", "media,monitoring", runner="local").report
    sim.reset_counts()
    for _ in range(ASKS + 1):
        report = runtime.check(sim.kubeconfig, "-n", "media,monitoring", runner="ray").report
        assert (findings(report), report["summary"]) == (findings(local), local["summary"])
        assert report["ledger"]["sent"] == 0
        assert report["ledger"]["watched"] == report["ledger"]["cache_hits"] - 1, "metrics are not watched"
    assert set(lists(sim)) <= {"nodes.metrics.k8s.io"}
    held = runtime.run("cache", "-o", "json").report["entries"]
    assert {one["namespace"] for one in held if one["context"] == "homelab"} == {""}, "one watch is enough"


def test_one_namespace_is_as_fresh_as_was_asked_for(runtime: Homeperf, sim):
    followed(runtime, sim, "workloads")
    sim.reset_counts()
    report = runtime.check(sim.kubeconfig, "workloads", "-n", "media", "--fresh", runner="ray").report
    assert report["ledger"]["cache_hits"] == 0
    assert received(sim, verb="list", resource="pods", namespace="media") == 1


def test_one_namespace_of_a_limited_user_is_not_what_the_administrator_watches(runtime: Homeperf, sim):
    followed(runtime, sim, "workloads")
    sim.reset_counts()
    arguments = ("workloads", "-n", "media", "--context", "limited")
    report = runtime.check(sim.kubeconfig, *arguments, "--max-age", "10m", runner="ray").report
    assert report["ledger"]["watched"] == 0
    assert any(one["code"] == "HP001" for one in report["details"])
    assert received(sim, verb="list", resource="deployments.apps", namespace="media") == 1


def test_what_was_done_in_the_background_is_in_the_timings_of_a_run_that_keeps_them(
    runtime: Homeperf, make_homelab, tmp_path
):
    """All rows together are what the server saw, and each run's own are what its ledger says."""
    sim = make_homelab()
    ledgers = {}

    def check(*arguments: str) -> None:
        report = runtime.check(sim.kubeconfig, "nodes", *arguments, runner="ray").report
        ledgers[report["run"]] = report["ledger"]["sent"]

    keep = ("--timings", str(tmp_path))
    for _ in range(ASKS):
        check(*keep)
    until(lambda: received(sim, verb="watch") >= 4 and {"watched", "refreshed"} == states(runtime, sim))
    runtime.run("cache", "clear")
    until(lambda: sim.counts()["in_flight"] == 0)
    runtime.check(sim.kubeconfig, "storage", "--fresh", "--no-timings", runner="ray")
    unkept = sim.counts()["total"] - sum(ledgers.values())

    def everything() -> list[dict]:
        check("--fresh", *keep)
        return read(tmp_path).table.to_pylist()

    until(lambda: {"watch", "follow"} <= {row["kind"] for row in everything()}, 30)
    rows = everything()
    for run, sent in ledgers.items():
        assert sum(row["sent"] for row in rows if row["run"] == run) == sent
    behind = [row for row in rows if row["run"] not in ledgers]
    assert {row["kind"] for row in behind} == {"watch", "follow"}
    assert all(row["run"].startswith("follow-") and row["worker"].startswith("worker-") for row in behind)
    assert {row["resource"] for row in behind if row["kind"] == "follow"} == {"nodes.metrics.k8s.io"}
    assert sum(row["sent"] for row in behind) <= unkept
    until(lambda: len([row for row in everything() if row["kind"] == "watch"]) == received(sim, verb="watch"), 30)


def states(runtime: Homeperf, sim) -> set[str]:
    held = runtime.run("cache", "-o", "json").report["entries"]
    return {one["state"] for one in held if one["server"] == sim.url}


def test_clear_completes_what_is_held(runtime: Homeperf, sim):
    followed(runtime, sim, "nodes")
    asked = "import sys; from homeperf_ray.cli.answer import kubectl; sys.exit(kubectl())"
    done = subprocess.run(
        [sys.executable, "-c", asked, "cache", "clear", "nodes", ""],
        env=runtime.environment, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    offered = {line.partition("\t")[0] for line in done.stdout.splitlines()}
    assert offered >= {"pods", "nodes.metrics.k8s.io"}
    assert "nodes" not in offered


def test_the_table_names_server_context_and_state(runtime: Homeperf, sim):
    followed(runtime, sim, "nodes")
    done = runtime.run("cache")
    assert done.code == 0
    assert f"{sim.url} (context homelab" in done.out
    assert "watched" in done.out
    assert "RESOURCE" in done.out


def test_without_a_runtime_there_is_no_cache(homeperf_without_runtime: Homeperf):
    done = homeperf_without_runtime.run("cache")
    assert done.code == 3
    assert "homeperf up" in done.err


@pytest.fixture
def homeperf_without_runtime(tmp_path) -> Homeperf:
    return Homeperf(tmp_path)
