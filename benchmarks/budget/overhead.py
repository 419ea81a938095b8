"""The same requests with and without the limiter, one at a time and twenty at once."""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ray
import uvloop

from benchmarks.budget.ratios import told
from benchmarks.budget.runtime import running
from homeperf_ray.actors.leasing import leased_gate
from homeperf_ray.actors.names import LIMITER, NAMESPACE
from homeperf_ray.actors.runtime import ray_environment
from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.gate import Gate, OpenGate
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import Target, load_target
from homeperf_ray.limits.lease import Budget
from homeperf_ray.limits.local_budgets import LocalBudgets
from homeperf_ray.sim.process import start
from homeperf_ray.timings.operation import Operation

LATENCY = 0.02
ROUNDS = 120
AMPLE = Budget(5000, 5000)
"""More than can be sent: nobody waits for permits, so that all that is measured is what the limiter costs."""

REQUESTS = {1: 12, 20: 200}
"""How many requests a turn is, by how many are in flight: about a quarter of a second.

A quarter more goes before and is not timed, since the permits of the last turn have expired.
"""


def main(chosen: argparse.Namespace) -> None:
    """Measure in a process that is a driver of a runtime's Ray, and prints a table."""
    with running(1) as home, start(latency=LATENCY) as sim:
        record = home.runtime.record()
        if record is None:
            raise RuntimeError("the runtime is not up")
        address = (record.ray / "ray_current_cluster").read_text().strip()
        environment = ray_environment(home.runtime.folder, record)
        command = [sys.executable, "-m", "benchmarks.budget.overhead", str(sim.kubeconfig), address]
        subprocess.run([*command, str(chosen.rounds or ROUNDS)], env=environment, check=True)


def measure(kubeconfig: str, address: str, rounds: int) -> None:
    """Take turns with and without a limiter; Ray's environment is that of the runtime."""
    ray.init(address, namespace=NAMESPACE, log_to_driver=False, logging_level="error", _node_ip_address="127.0.0.1")
    limiter = ray.get_actor(LIMITER, NAMESPACE)
    target = load_target(Access((kubeconfig,)))
    with (
        tempfile.TemporaryDirectory(prefix="hp-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop,
    ):
        loop.run(_rounds(target, limiter, Path(folder), rounds))
    sys.stdout.flush()
    os._exit(0)


async def _rounds(target: Target, limiter: Any, folder: Path, rounds: int) -> None:
    budgets = LocalBudgets(folder)
    gates: dict[str, Callable[[], Gate]] = {
        "none": OpenGate,
        "none again": OpenGate,
        "local, through the shared file": lambda: budgets.gate(target.server_id, target.origin, AMPLE),
        "leases of the runtime's limiter": lambda: leased_gate(limiter, target.server_id, target.origin, AMPLE),
    }
    names = list(gates)
    print("| in flight | limiter | ms a request | ratio | processor ms | ratio |")
    print("| --- | --- | --- | --- | --- | --- |")
    for at_once, requests in REQUESTS.items():
        connections = {name: Connection(target, gate=made(), concurrency=at_once) for name, made in gates.items()}
        walls: dict[str, list[float]] = {name: [] for name in names}
        cpus: dict[str, list[float]] = {name: [] for name in names}
        for number in range(-1, rounds):
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                await _requests(connections[name], requests // 4, at_once)
                cpu = time.process_time()
                seconds = await _requests(connections[name], requests, at_once)
                if number >= 0:
                    walls[name].append(seconds)
                    cpus[name].append(time.process_time() - cpu)
        for name in names:
            wall = statistics.median(walls[name]) * at_once / requests * 1000
            cpu = statistics.median(cpus[name]) / requests * 1000
            print(
                f"| {at_once} | {name} | {wall:.2f} | {_ratio(walls, name)} | {cpu:.3f} | {_ratio(cpus, name)} |",
                flush=True,
            )
        for connection in connections.values():
            await connection.close()
    await budgets.close()


def _ratio(times: Mapping[str, Sequence[float]], name: str) -> str:
    return told([one / other for one, other in zip(times[name], times["none"], strict=True)], 4)


async def _requests(connection: Connection, count: int, at_once: int) -> float:
    """Send so many small GETs; the seconds from the first to the last byte."""
    left = count

    async def one() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            operation = Operation(kind="get", started=time.time(), resource="namespaces")
            answer = await connection.get("/api/v1/namespaces/media", operation=operation)
            if answer.error:
                raise answer.error

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(at_once)))
    return time.perf_counter() - began


if __name__ == "__main__":
    measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))
