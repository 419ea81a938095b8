"""Ten workers, several commands at once and local runs beside them: what the server saw, over all windows."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.budget.runtime import Home, running
from homeperf_ray.limits.lease import EXPIRY
from homeperf_ray.sim.process import RunningSim, start
from tests.limits.windows import most_in_any_window

WORKERS, QPS, BURST = 10, 50, 100
RUNNERS = ("ray", "ray", "ray", "ray", "local", "local")
PLACES = "ai,auth,automation,backups,cert-manager,databases,flux-system,games,home-assistant,ingress-nginx"
KILL_EVERY = 15.0
"""Seconds."""

LOOKED_AT = (0.01, 0.1, 1.0, 10.0)


def main(chosen: argparse.Namespace) -> None:
    """Load a homelab for some time, and print the worst of all windows."""
    with running(WORKERS) as home, start() as sim:
        stop = threading.Event()
        killer = threading.Thread(target=_kill_the_limiter, args=(home, stop))
        killer.start()
        end = time.monotonic() + chosen.seconds
        with ThreadPoolExecutor(len(RUNNERS)) as threads:
            sent = sum(threads.map(lambda runner: _commands(home, sim, runner, end), RUNNERS))
        stop.set()
        killer.join()
        _table(sim, sent)


def _commands(home: Home, sim: RunningSim, runner: str, end: float) -> int:
    """Check again and again, by turns from the server and as the cache has it; how many requests were sent."""
    sent = turn = 0
    while time.monotonic() < end:
        what = ("-n", PLACES, "--fresh") if turn % 2 else ("workloads",)
        budget = ("--qps", str(QPS), "--burst", str(BURST), "--timeout", "300s", "--no-timings", "-o", "json")
        chosen = ("--kubeconfig", str(sim.kubeconfig), "--runner", runner, "--details", "0")
        said, _ = home.command("check", *what, *chosen, *budget).communicate()
        report = json.loads(said)
        if report["summary"]["errors"] or report["runner"] != runner:
            raise RuntimeError(f"a check through {runner} failed: {report['issues'][:3]}")
        sent += report["ledger"]["sent"]
        turn += 1
    return sent


def _kill_the_limiter(home: Home, stop: threading.Event) -> None:
    killed = 0
    while not stop.wait(KILL_EVERY):
        if pid := home.limiter():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
    print(f"The limiter was killed {killed} times.")


def _table(sim: RunningSim, sent: int) -> None:
    told = sim.arrivals()
    moments = sorted(one["time"] for one in told["arrivals"])
    watches = sum(1 for one in told["arrivals"] if one["verb"] == "watch")
    print(f"{len(moments)} requests in {moments[-1] - moments[0]:.0f} s, {watches} of them starts of watches;")
    print(f"the commands say that they sent {sent}. {told['dropped']} were not kept.\n")
    print("| window s | most that was seen | bound |")
    print("| --- | --- | --- |")
    for window in LOOKED_AT:
        print(f"| {window:g} | {_most(moments, window)} | {BURST + QPS * (window + EXPIRY):.1f} |")
    worst = most_in_any_window(moments, QPS, slack=EXPIRY)
    print(f"\nOver all windows of any length: {BURST - worst:.1f} requests below the bound at the worst.")
    if worst > BURST:
        raise SystemExit("the budget did not hold")


def _most(moments: list[float], window: float) -> int:
    first = most = 0
    for last, moment in enumerate(moments):
        while moments[first] < moment - window:
            first += 1
        most = max(most, last - first + 1)
    return most
