"""One budget for ten workers, several drivers and the local runs beside them, as the server sees it."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from homeperf_ray.cache.watched import ASKS
from homeperf_ray.limits.lease import EXPIRY
from homeperf_ray.sim.process import RunningSim
from tests.actors.conftest import folder_of, lives
from tests.actors.test_check_on_ray import findings, wait_for
from tests.cli.command import Homeperf
from tests.limits.windows import most_in_any_window

pytestmark = pytest.mark.ray

WORKERS, QPS, BURST = 10, 50, 100
BUDGET = ("--qps", str(QPS), "--burst", str(BURST), "--timeout", "90s", "--no-timings")
DRIVERS, LOCAL = 3, 1
"""Commands at once, each a process: through the runtime, and without it."""

PLACES = ("ai", "auth", "automation", "backups", "cert-manager", "databases", "flux-system", "games", "home-assistant")
"""In each a check sends some twenty small LISTs, so that it is the budget that is waited for."""


@pytest.fixture(params=["shared", "own"])
def ten_workers(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Homeperf]:
    """A runtime whose limiter shares a file with local runs, or has nothing but its memory."""
    homeperf = Homeperf(tmp_path)
    if request.param == "own":
        budgets_of(homeperf).parent.mkdir(parents=True)
        budgets_of(homeperf).write_text("here no folder can be made")
    up = homeperf.run("up", "--workers", str(WORKERS), timeout=180)
    try:
        assert up.code == 0, up.out + up.err
        yield homeperf
    finally:
        homeperf.run("down")


def budgets_of(homeperf: Homeperf) -> Path:
    return homeperf.home / ".local/state/homeperf/budget"


def limiter_of(homeperf: Homeperf) -> int:
    """The process of the limiter; 0 while there is none."""
    for pid in folder_of(homeperf).processes():
        try:
            title = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if title.startswith(b"ray::RateLimiter") and lives(pid):
            return pid
    return 0


@pytest.mark.slow
def test_of_ten_workers_no_window_holds_more_than_the_budget_though_the_limiter_is_killed(ten_workers, make_homelab):
    busy(ten_workers, make_homelab(), PLACES)


def test_no_window_holds_more_than_the_budget_though_the_limiter_is_killed(runtime: Homeperf, make_homelab):
    busy(runtime, make_homelab(), PLACES[:4])


def busy(homeperf: Homeperf, sim: RunningSim, places: Sequence[str]) -> None:
    """Begin watches, then run several commands at once, kill the limiter, and look at what the server saw."""
    shared = not budgets_of(homeperf).is_file()
    fresh = ("--fresh", "-n", ",".join(places), *BUDGET)
    expected = homeperf.check(sim.kubeconfig, *fresh, runner="local").report
    for _ in range(ASKS):
        homeperf.check(sim.kubeconfig, "workloads", *BUDGET, runner="ray")
    runners = ["ray"] * DRIVERS + ["local"] * (LOCAL * shared)
    first, before = limiter_of(homeperf), read(sim)

    def kill_the_limiter() -> None:
        wait_for(lambda: read(sim) > before + BURST + QPS)
        os.kill(first, signal.SIGKILL)

    killer = threading.Thread(target=kill_the_limiter)
    killer.start()
    with ThreadPoolExecutor(len(runners)) as threads:
        done = list(threads.map(lambda runner: homeperf.check(sim.kubeconfig, *fresh, runner=runner), runners))
    killer.join()

    assert [one.report["runner"] for one in done] == runners
    assert [findings(one.report) for one in done] == [findings(expected)] * len(runners)
    wait_for(lambda: limiter_of(homeperf) not in (0, first))
    arrivals = sim.arrivals()["arrivals"]
    moments = [one["time"] for one in arrivals]
    assert read(sim) - before == sum(one.report["ledger"]["sent"] for one in done) > 2 * BURST
    assert all(one.report["ledger"]["wait_seconds"] for one in done), "everyone had to wait for it"
    assert {one["verb"] for one in arrivals} >= {"list", "watch"}
    print(f"{len(moments)} requests, {BURST - most_in_any_window(moments, QPS, slack=EXPIRY):.1f} below the bound")
    assert most_in_any_window(moments, QPS, slack=EXPIRY) <= BURST


def test_when_the_server_asks_for_a_pause_all_workers_drivers_and_local_runs_hold_still(
    runtime: Homeperf, make_homelab
):
    sim, asked = make_homelab(), 4
    fresh = ("--fresh", "-n", ",".join(PLACES[:4]), *BUDGET)
    expected = findings(runtime.check(sim.kubeconfig, *fresh, runner="local").report)
    before = time.monotonic()
    sim.fault("status", status=429, retry_after=asked, verb="list", after=BURST, times=1)
    runners = ("ray", "ray", "local")
    with ThreadPoolExecutor(len(runners)) as threads:
        done = list(threads.map(lambda runner: runtime.check(sim.kubeconfig, *fresh, runner=runner), runners))
    assert [findings(one.report) for one in done] == [expected] * len(runners)
    assert sum(one.report["ledger"]["throttled"] for one in done) == 1
    times = sorted(one["time"] for one in sim.arrivals()["arrivals"] if one["time"] > before)
    pause, end = max((later - earlier, later) for earlier, later in itertools.pairwise(times))
    assert pause > asked - EXPIRY - 2, "two seconds are for a machine with other work"
    assert end - times[BURST] > asked, "nobody came earlier"
    assert most_in_any_window(times, QPS, slack=EXPIRY) <= BURST
    told = runtime.run("status", "-o", "json").report["budgets"]
    assert [one["lowered"] for one in told if one["server"] == sim.url] == [1]


def read(sim: RunningSim) -> int:
    """Requests that arrived, without starts of watches."""
    return sum(count for verb, count in sim.counts()["by_verb"].items() if verb != "watch")
