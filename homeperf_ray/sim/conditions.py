"""The conditions under which a server answers: how slow it is, and how fair."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from homeperf_ray.sim.bandwidth import Bandwidth
from homeperf_ray.sim.delays import Delay
from homeperf_ray.sim.fairness import Fairness


@dataclass(frozen=True)
class Conditions:
    """``latency`` comes before every answer; None of the other two is no limit and no queue."""

    latency: Delay
    bandwidth: Bandwidth | None
    fairness: Fairness | None
    rng: Random

    def delay(self) -> float:
        """Seconds that this answer takes."""
        return self.latency.draw(self.rng) if self.latency else 0.0
