"""Fixtures that every room's tests may use."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from homeperf_ray.sim.process import RunningSim
from tests.homelab import MakeHomelab, start_homelab

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""In the background, or under nohup, both are ignored, and would be by every command that a test ends with them."""


@pytest.fixture(scope="session")
def homelab() -> Iterator[RunningSim]:
    """One homelab for the whole session: 6 nodes, 30 namespaces, 300 pods, 40 claims, seed 7."""
    with start_homelab() as sim:
        yield sim


@pytest.fixture
def make_homelab() -> Iterator[MakeHomelab]:
    """Start homelabs of the test's own; they stop when the test ends."""
    started: list[RunningSim] = []

    def make(**options: Any) -> RunningSim:
        sim = start_homelab(**options)
        started.append(sim)
        return sim

    yield make
    for sim in started:
        sim.stop()
