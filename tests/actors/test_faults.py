"""What dies while a check runs: nothing is lost, nothing comes twice, and nobody waits longer than was agreed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from homeperf_ray.actors.client import RuntimeGone, connect
from homeperf_ray.sim.process import RunningSim
from tests.actors.conftest import WORKERS, folder_of
from tests.actors.halted import Asked, ask, going_on, judging_halted
from tests.actors.test_check_on_ray import findings
from tests.actors.waiting import wait_for
from tests.cli.command import Homeperf
from tests.homelab import received, start_homelab
from tests.manifests.mistakes import deployment

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def large() -> Iterator[RunningSim]:
    """So many pods that judging them is dealt to all workers."""
    with start_homelab(pods=20_000, namespaces=60, nodes=40, pvcs=40) as sim:
        yield sim


@pytest.fixture(scope="module")
def expected(runtime: Homeperf, large: RunningSim) -> list[tuple[str, str, str]]:
    return sorted(findings(runtime.check(large.kubeconfig, "--timeout", "90s", runner="local").report))


def found(asked: Asked) -> list[tuple[str, str, str]]:
    assert asked.result is not None, asked.error
    return sorted((one.code, one.namespace, one.object) for one in asked.result.report.findings)


def rows(asked: Asked) -> list[dict[str, Any]]:
    assert asked.result is not None, asked.error
    return pq.read_table(BytesIO(asked.result.timings)).to_pylist()


def pids(runtime: Homeperf) -> dict[str, int]:
    return {one["name"]: one["pid"] for one in runtime.run("status", "-o", "json").report["workers"]}


def pid_of(runtime: Homeperf, actor: str) -> int:
    """The process of an actor that there is one of."""
    title = f"ray::{actor}".encode()
    every = folder_of(runtime).processes()
    [pid] = [pid for pid in every if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(title)]
    return pid


def test_two_workers_that_die_at_once_while_they_judge_cost_no_finding(
    runtime: Homeperf, large: RunningSim, expected: list[tuple[str, str, str]]
):
    with judging_halted(runtime, large) as (asked, stopped):
        for pid in stopped:
            os.kill(pid, signal.SIGKILL)
        asked.join()
    assert found(asked) == expected
    lost = [row for row in rows(asked) if row["error"] == "worker_lost"]
    assert {(row["kind"], row["pid"]) for row in lost} == {("evaluate", pid) for pid in stopped}
    wait_for(lambda: all(pids(runtime).values()) and len(pids(runtime)) == WORKERS)


def test_a_limiter_that_dies_while_checks_are_judged_is_not_missed(
    runtime: Homeperf, large: RunningSim, expected: list[tuple[str, str, str]]
):
    """The details that are read afterwards need permits of the new one."""
    with judging_halted(runtime, large, details=5) as (asked, stopped):
        dead = pid_of(runtime, "RateLimiter")
        os.kill(dead, signal.SIGKILL)
        going_on(stopped)()
        asked.join()
    assert found(asked) == expected
    assert any(row["kind"] == "detail" and row["status"] == 200 for row in rows(asked))
    assert pid_of(runtime, "RateLimiter") != dead


@pytest.mark.slow
def test_workers_that_hang_while_they_judge_are_errors_with_a_reason_within_the_deadline(
    runtime: Homeperf, large: RunningSim
):
    with judging_halted(runtime, large, timeout=12.0) as (asked, _):
        asked.join()
        assert asked.result is not None, asked.error
        report = asked.result.report
    unjudged = [one for one in report.findings if one.code == "HP003"]
    assert unjudged
    assert all("no worker of the runtime answered in time" in one.message for one in unjudged)
    summary = report.summary
    assert summary.total == summary.healthy + summary.warnings + summary.critical + summary.errors
    assert summary.errors >= len({one.object for one in unjudged})
    wait_for(lambda: all(pids(runtime).values()))


def test_a_cache_that_dies_while_checks_are_judged_is_an_error_with_a_reason_and_opens_its_gateway_again(
    runtime: Homeperf, large: RunningSim, expected: list[tuple[str, str, str]]
):
    with judging_halted(runtime, large) as (asked, stopped):
        os.kill(pid_of(runtime, "CacheActor"), signal.SIGKILL)
        going_on(stopped)()
        asked.join()
    assert isinstance(asked.error, RuntimeGone)
    assert "the runtime broke off" in asked.error.message
    wait_for(lambda: runtime.run("status").code == 0, 60)
    again = runtime.check(large.kubeconfig, "--timeout", "90s", runner="ray")
    assert sorted(findings(again.report)) == expected
    wait_for(lambda: received_in_flight(large) == 0)


def received_in_flight(sim: RunningSim) -> int:
    return int(sim.counts()["in_flight"])


@pytest.mark.parametrize("count", [pytest.param(2, marks=pytest.mark.slow), WORKERS])
def test_workers_that_die_at_once_while_they_read_lose_nothing(runtime: Homeperf, sim: RunningSim, count: int):
    whole = sorted(findings(runtime.check(sim.kubeconfig, runner="local").report))
    killed = list(pids(runtime).values())[:count]
    sim.reset_counts()
    sim.fault("latency", verb="list", seconds=1.5)
    asked = ask(runtime, sim)
    wait_for(lambda: received(sim, verb="list") >= 9)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    asked.join()
    sim.clear_faults()
    assert found(asked) == whole
    ledger = asked.result.report.ledger
    assert ledger.resent >= count
    assert ledger.requested == ledger.deduplicated + ledger.unserved + ledger.cache_hits + ledger.lists
    assert {row["pid"] for row in rows(asked) if row["error"] == "worker_lost"} == set(killed)
    wait_for(lambda: all(pids(runtime).values()))


def test_a_gateway_that_is_killed_while_it_streams_is_replaced_by_this_process_or_an_error(
    runtime: Homeperf, sim: RunningSim
):
    """What was told until then is no answer."""
    sim.fault("latency", verb="list", resource="pods", seconds=8.0)
    asked = ask(runtime, sim)
    wait_for(lambda: asked.told >= 3 and asked.counts[2] > 0, 30)
    with connect(folder_of(runtime).folder, patience=10.0) as client:
        os.kill(client.hello().pid, signal.SIGKILL)
    asked.join()
    sim.clear_faults()
    assert asked.result is None
    assert isinstance(asked.error, RuntimeGone)
    wait_for(lambda: runtime.run("status").code == 0, 60)
    wait_for(lambda: received_in_flight(sim) == 0)


def test_manifests_whose_workers_all_die_are_judged_all_the_same(runtime: Homeperf, tmp_path: Path):
    (tmp_path / "a.yaml").write_text(deployment("replicas: x"))
    arguments = ("validate", str(tmp_path), "--no-cache", "-o", "json")
    local = runtime.run(*arguments, "--runner", "local")
    killed = list(pids(runtime).values())
    for pid in killed:
        os.kill(pid, signal.SIGSTOP)
    command = [sys.executable, "-m", "homeperf_ray.cli.main", *arguments, "--runner", "ray"]
    client = subprocess.Popen(command, env=runtime.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: runtime.run("status", "-o", "json").report["running"] == 1 or client.poll() is not None)
    finally:
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
    out, err = client.communicate(timeout=120)
    assert client.returncode == local.code == 1, err
    report = json.loads(out)
    assert report["details"] == local.report["details"]
    wait_for(lambda: all(pids(runtime).values()))
