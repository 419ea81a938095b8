"""``python -m benchmarks.warm``: what a check costs that is repeated, on an embedded homelab that is 5 ms away.

A runtime with one worker is started and asked until everything that can be watched is. Then:

- whole checks, one after another, beside ``homeperf --help``, which is start-up alone: medians, and the LISTs that the
  checks sent and that the server received meanwhile (what cannot be watched is listed in the background);
- checks while objects change, one a second, against the requests of the same number of checks in the old way: one
  namespace after another;
- the memory of the runtime's processes (PSS), idle without watches and with all of them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.command import Homeperf, Weights
from homeperf_ray.sim.process import RunningSim, start

RAY = ("--runner", "ray")
WARM_UP = 4
SETTLE_SECONDS = 30.0
OLD_WAY = ("--without-kubectl", "-o", "json")


def main() -> None:
    """Run the parts one after another and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--repeated", type=int, default=50, help="checks while objects change")
    parser.add_argument("--churn", type=float, default=5.0, help="changes a second")
    parser.add_argument("--latency", type=float, default=5.0, help="of the server, in milliseconds")
    asked = parser.parse_args()
    os.nice(5)
    with tempfile.TemporaryDirectory() as home, start(latency=asked.latency / 1000) as sim:
        homeperf = Homeperf(Path(home), sim.kubeconfig)
        with homeperf.runtime(1):
            idle = homeperf.weigh()
            _watch_all(homeperf)
            print("\n".join(_warm(homeperf, sim, asked.samples)), flush=True)
            watching = homeperf.weigh()
            print("\n".join(_changing(homeperf, sim, asked.repeated, asked.churn)), flush=True)
            print("\n".join(_memory(idle, watching, homeperf.weigh())))


def _watch_all(homeperf: Homeperf) -> None:
    for _ in range(WARM_UP):
        homeperf.check(*RAY)
    deadline = time.monotonic() + SETTLE_SECONDS
    while _states(homeperf).keys() - {"watched", "refreshed"}:
        if time.monotonic() > deadline:
            raise SystemExit(f"after {SETTLE_SECONDS:.0f} s not everything is watched: {_states(homeperf)}")
        time.sleep(0.2)


def _states(homeperf: Homeperf) -> dict[str, int]:
    """How many entries of the cache are in which state."""
    states = [entry["state"] for entry in json.loads(homeperf.call("cache", "-o", "json"))["entries"]]
    return {state: states.count(state) for state in sorted(set(states))}


def _warm(homeperf: Homeperf, sim: RunningSim, samples: int) -> Iterator[str]:
    checks, starts = [], []
    sim.reset_counts()
    for _ in range(samples):
        checks.append(homeperf.check(*RAY))
        began = time.perf_counter()
        homeperf.call("--help")
        starts.append(time.perf_counter() - began)
    counts = sim.counts()
    sent = sum(check.ledger["sent"] for check in checks)
    walls = [check.wall for check in checks]
    states = ", ".join(f"{count} {state}" for state, count in _states(homeperf).items())
    yield f"Warm checks ({states}): {statistics.median(walls):.3f} s median of {samples},"
    yield f"fastest {min(walls):.3f} s, slowest {max(walls):.3f} s; start-up alone {statistics.median(starts):.3f} s."
    yield f"The checks sent {sent} requests; the server received {_told(counts)} in that time.\n"


def _changing(homeperf: Homeperf, sim: RunningSim, checks: int, rate: float) -> Iterator[str]:
    old = _old_way(homeperf, sim)
    before = _written(sim.churn(rate))
    sim.reset_counts()
    began = time.monotonic()
    for number in range(checks):
        homeperf.check(*RAY)
        time.sleep(max(began + number + 1 - time.monotonic(), 0.0))
    took = time.monotonic() - began
    counts = sim.counts()
    changed = _written(sim.churn(0)) - before
    saved = 1 - counts["total"] / (checks * old)
    yield f"{checks} checks in {took:.0f} s while {changed / took:.1f} objects a second changed:"
    yield f"{counts['total']} requests ({_told(counts)}) against {checks} x {old} in the old way: {saved:.1%} fewer.\n"


def _old_way(homeperf: Homeperf, sim: RunningSim) -> int:
    """Requests of one check, namespace by namespace."""
    said = homeperf.module("homeperf_ray.bench.old_way", "--kubeconfig", str(sim.kubeconfig), *OLD_WAY)
    return int(json.loads(said)["ledger"]["sent"])


def _written(churned: dict[str, Any]) -> int:
    return int(sum(churned["by_resource"].values()))


def _told(counts: dict[str, Any]) -> str:
    verbs = ", ".join(f"{count} {verb}" for verb, count in counts["by_verb"].items())
    return verbs or "nothing"


def _memory(idle: Weights, watching: Weights, after: Weights) -> Iterator[str]:
    yield "| process | idle MB | everything watched MB | after the changes MB |"
    yield "| --- | --- | --- | --- |"
    for role in dict.fromkeys(idle.roles.values()):
        parts = [f"{sum(each.of(role)) / 1e6:.0f}" for each in (idle, watching, after)]
        yield f"| {role} | {' | '.join(parts)} |"
    yield f"| together | {' | '.join(f'{each.total / 1e6:.0f}' for each in (idle, watching, after))} |"


if __name__ == "__main__":
    main()
