from __future__ import annotations

from collections.abc import Iterator

import pytest

from homeperf_ray.sim.process import RunningSim
from tests.sim.api import Api


@pytest.fixture
def sim(homelab: RunningSim) -> Iterator[RunningSim]:
    """The session's homelab, without faults and with counts at zero."""
    homelab.reset()
    yield homelab
    homelab.clear_faults()


@pytest.fixture
def api(sim: RunningSim) -> Api:
    return Api(sim)


@pytest.fixture
def limited(sim: RunningSim) -> Api:
    return Api(sim, "limited")
