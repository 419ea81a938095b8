"""``python -m benchmarks.large``: 100,000 pods in 2,000 namespaces, in one process and with 1, 2 and 4 workers.

Each number of workers has a runtime of its own, and every round holds a check in one process beside each check through
the runtime, so that a busy minute meets both. *Cold* is ``--fresh``: discovery and every LIST are read, with a request
budget that is full. *Warm* accepts what the runtime has, which by then is watched; in one process it is a check with
discovery on the disk. *Unbounded* is cold with a budget that never makes anybody wait, and shows what the processors
give. Times are medians of whole commands, ratios are medians over the rounds, memory is the highest PSS of each process
over one cold check, in a run of its own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.command import Homeperf, Timed, Weights
from homeperf_ray.sim.process import start

TIMEOUT = ("--timeout", "240s")
UNBOUNDED = ("--fresh", "--qps", "100000", "--burst", "100000")
REFILL_SECONDS = 3.0
"""After which the default budget is full again."""

WARM_UP = 4
"""Checks after which everything that can be watched is."""


def main() -> None:
    """Run all ways and print tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", default="1,2,4", help="runtimes, by their number of workers")
    parser.add_argument("--pods", type=int, default=100_000)
    parser.add_argument("--namespaces", type=int, default=2_000)
    parser.add_argument("--nodes", type=int, default=1_000)
    parser.add_argument("--pvcs", type=int, default=5_000)
    parser.add_argument("--latency", type=float, default=0.0, help="of the server, in milliseconds")
    asked = parser.parse_args()
    os.nice(5)
    size = {"pods": asked.pods, "namespaces": asked.namespaces, "nodes": asked.nodes, "pvcs": asked.pvcs}
    with tempfile.TemporaryDirectory() as home, start(**size, latency=asked.latency / 1000) as sim:
        homeperf = Homeperf(Path(home), sim.kubeconfig)
        print(f"In one process: peak {_mb(homeperf.check_weighed('--runner', 'local', *TIMEOUT))} MB (PSS)\n")
        for workers in map(int, asked.workers.split(",")):
            with homeperf.runtime(workers):
                print("\n".join(_measured(homeperf, workers, asked.rounds)), flush=True)


def _measured(homeperf: Homeperf, workers: int, rounds: int) -> Iterator[str]:
    """The tables of one runtime."""
    idle = homeperf.weigh()
    time.sleep(REFILL_SECONDS)
    with homeperf.weighing() as cold:
        first = _ray(homeperf)
    times: dict[str, list[tuple[Timed, Timed]]] = {}
    for _ in range(rounds):
        for name, arguments in (("cold", ("--fresh",)), ("unbounded", UNBOUNDED)):
            times.setdefault(name, []).append(_beside(homeperf, arguments))
    for _ in range(WARM_UP):
        _ray(homeperf)
    with homeperf.weighing() as warm:
        for _ in range(rounds):
            times.setdefault("warm", []).append(_beside(homeperf, ()))
    _agree([timed for pairs in times.values() for pair in pairs for timed in pair] + [first])
    yield f"## {workers} worker{'s' * (workers != 1)}\n"
    yield "| check | one process s | runtime s | times faster | requests | batches |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name, pairs in times.items():
        local, ray = (statistics.median(pair[side].wall for pair in pairs) for side in (0, 1))
        ratio = statistics.median(pair[0].wall / pair[1].wall for pair in pairs)
        last, other = pairs[-1]
        sent = f"{last.ledger['sent']} and {other.ledger['sent']}"
        batches = f"{last.ledger['batches']} and {other.ledger['batches']}"
        yield f"| {name} | {local:.2f} | {ray:.2f} | {ratio:.2f} | {sent} | {batches} |"
    yield f"\nThe first check of the runtime took {first.wall:.2f} s.\n"
    yield from _weights(idle, cold, warm)
    yield ""


def _beside(homeperf: Homeperf, arguments: Sequence[str]) -> tuple[Timed, Timed]:
    """One check in this process and one through the runtime, each with a full budget."""
    time.sleep(REFILL_SECONDS)
    one = homeperf.check("--runner", "local", *arguments, *TIMEOUT)
    time.sleep(REFILL_SECONDS)
    return one, _ray(homeperf, *arguments)


def _ray(homeperf: Homeperf, *arguments: str) -> Timed:
    return homeperf.check("--runner", "ray", *arguments, *TIMEOUT)


def _agree(checks: Sequence[Timed]) -> None:
    """Speed counts for nothing where two ways find different things; one finding in a hundred comes with time."""
    found = [len(one.report["details"]) for one in checks]
    if max(found) > min(found) * 1.01 or any(one.report["summary"]["errors"] for one in checks):
        raise SystemExit(f"the ways do not agree: {found} findings")


def _weights(idle: Weights, cold: Weights, warm: Weights) -> Iterator[str]:
    yield "| process | idle MB | peak of the first check MB | with everything watched MB |"
    yield "| --- | --- | --- | --- |"
    for role in dict.fromkeys(idle.roles.values()):
        parts = [", ".join(_mb(size) for size in each.of(role)) for each in (idle, cold, warm)]
        yield f"| {role} | {' | '.join(parts)} |"
    yield f"| together | {' | '.join(_mb(each.total) for each in (idle, cold, warm))} |"
    grown = max(peak - before for peak, before in zip(cold.of("worker"), idle.of("worker"), strict=True))
    yield f"\nThe worker that grew most grew by {_mb(grown)} MB."


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f}"


if __name__ == "__main__":
    main()
