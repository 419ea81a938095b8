"""Whole commands, timed."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

HOMEPERF = (sys.executable, "-m", "homeperf_ray.cli.main")


class Cost(NamedTuple):
    """Seconds by the clock, and of the processor, children included."""

    wall: float
    cpu: float


def timed(way: Callable[[], object]) -> Cost:
    """What it costs to do something in processes that have ended when it returns."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    way()
    took, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def interleaved(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[Cost]]:
    """The costs of several ways, one after another in every round, so that a busy minute meets them all."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            costs[name].append(timed(way))
    return costs


def middle(costs: Sequence[Cost]) -> Cost:
    return Cost(statistics.median(one.wall for one in costs), statistics.median(one.cpu for one in costs))


def told(name: str, costs: Sequence[Cost], more: str = "") -> str:
    """A line: the medians, and the fastest of so many."""
    median, fastest = middle(costs), min(one.wall for one in costs)
    return f"{name:30} {median.wall:8.3f} s  cpu {median.cpu:7.3f} s  (fastest {fastest:.3f}, {len(costs)} runs){more}"


def quiet(command: Sequence[str], environment: Mapping[str, str]) -> int:
    done = subprocess.run(
        command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode


def said(command: Sequence[str], environment: Mapping[str, str]) -> str:
    return subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False).stdout
