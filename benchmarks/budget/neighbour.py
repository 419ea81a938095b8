"""What a second user of the server feels while twenty workers read, with API Priority and Fairness in force.

Server and second user have one core, homeperf has the others, as if it ran elsewhere: it is the server that is shared.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.budget.ratios import percentile, told
from benchmarks.budget.runtime import Home, running
from homeperf_ray.actors.client import Unavailable, connect
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.request import Access
from homeperf_ray.sim.process import RunningSim, start

LATENCY = 0.005
WORKERS = 20
DRIVERS = 4
ROUNDS = 6
SECONDS = 15.0
"""A turn's length; what the budget has spent comes back between two turns."""

REST = 3.0
PLACES = ("ai", "auth", "automation", "backups", "cert-manager")
UNBOUNDED = 1_000_000


@dataclass(frozen=True)
class Turn:
    """How homeperf reads meanwhile: not at all, or with this budget."""

    qps: float = 0.0
    burst: int = 0


TURNS = {
    "nobody": Turn(),
    "nobody again": Turn(),
    "twenty workers, --qps 50 --burst 100": Turn(50, 100),
    "twenty workers without a budget": Turn(UNBOUNDED, UNBOUNDED),
}


@dataclass
class Read:
    """What became of the requests of one turn, or of all turns of one kind."""

    failed: int = 0
    throttled: int = 0


def main(chosen: argparse.Namespace) -> None:
    """Run the rounds and print a table."""
    spans: dict[str, list[tuple[float, float]]] = {name: [] for name in TURNS}
    read: dict[str, Read] = {name: Read() for name in TURNS}
    names = list(TURNS)
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:1])
    with start(latency=LATENCY, fairness=True) as sim, contextlib.ExitStack() as later:
        client = _client(sim)
        os.sched_setaffinity(0, cores[1:] or cores)
        home = later.enter_context(running(WORKERS))
        for number in range(-1, chosen.rounds or ROUNDS):
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                time.sleep(REST)
                began = time.monotonic()
                done = _turn(home, sim, TURNS[name], began + SECONDS)
                if number >= 0:
                    spans[name].append((began, began + SECONDS))
                    read[name].failed += done.failed
                    read[name].throttled += done.throttled
        said, _ = client.communicate()
        if client.returncode:
            raise RuntimeError("the second user was refused")
        rejected = {name: level["rejected"] for name, level in sim.levels().items() if level.get("rejected")}
        statuses = sim.counts()["statuses"]
        arrived = [one["time"] for one in sim.arrivals(user="reader")["arrivals"]]
    os.sched_setaffinity(0, cores)
    _table(spans, read, json.loads(said), arrived)
    print(f"\nStatuses of all answers: {statuses}; rejected by priority level: {rejected or 'none'}.")


def _client(sim: RunningSim) -> subprocess.Popen[str]:
    path = f"/api/v1/namespaces/{sim.limited_namespaces[0]}/configmaps/kube-root-ca.crt"
    command = [sys.executable, "-m", "benchmarks.budget.client", str(sim.kubeconfig), "limited", path]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _turn(home: Home, sim: RunningSim, turn: Turn, end: float) -> Read:
    """Let several drivers read through the runtime until ``end``, as a user who is exempt from nothing."""
    read = Read()
    if not turn.qps:
        time.sleep(max(end - time.monotonic(), 0))
        return read
    with ThreadPoolExecutor(DRIVERS) as threads:
        for driver in [threads.submit(_drive, home, sim, turn, end, read) for _ in range(DRIVERS)]:
            driver.result()
    return read


def _drive(home: Home, sim: RunningSim, turn: Turn, end: float, read: Read) -> None:
    while time.monotonic() < end:
        client = connect(home.runtime.folder, patience=5.0)
        if isinstance(client, Unavailable):
            raise RuntimeError(str(client))  # noqa: TRY004 - the runtime's fault and not a type's
        job = CheckJob(
            run=f"budget-{time.monotonic_ns():x}",
            access=Access((str(sim.kubeconfig),), "reader"),
            namespaces=PLACES,
            concurrency=20,
            qps=turn.qps,
            burst=turn.burst,
            timeout=600.0,
            max_age=0.0,
            details=0,
        )
        with client:
            report = client.check(job, lambda *_: None).report
        read.throttled += report.ledger.throttled
        read.failed += report.summary.errors


def _table(
    spans: Mapping[str, Sequence[tuple[float, float]]],
    read: Mapping[str, Read],
    taken: Sequence[tuple[float, float]],
    arrived: Sequence[float],
) -> None:
    found: dict[str, list[list[float]]] = {
        name: [[spent for at, spent in taken if began <= at < end] for began, end in turns]
        for name, turns in spans.items()
    }
    print("| meanwhile homeperf is | requests/s | failed | 429 | p50 ms | p95 ms | ratio of p95 |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, rounds in found.items():
        middle = percentile([spent for one in rounds for spent in one], 0.5) * 1000
        high = percentile([spent for one in rounds for spent in one], 0.95) * 1000
        pairs = zip(rounds, found["nobody"], strict=True)
        ratios = [percentile(one, 0.95) / percentile(other, 0.95) for one, other in pairs]
        what = read[name]
        rate = sum(began <= at < end for began, end in spans[name] for at in arrived) / (len(rounds) * SECONDS)
        print(
            f"| {name} | {rate:.0f} | {what.failed} | {what.throttled} | {middle:.2f} | {high:.2f} | {told(ratios)} |"
        )
