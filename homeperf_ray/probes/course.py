"""How far a probe has come, and how it may end before its time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from homeperf_ray.probes.addresses import Address
from homeperf_ray.probes.outcome import Fault, Phases, Stage
from homeperf_ray.probes.probe import Probe


class Ended(Exception):  # noqa: N818 - an outcome on its way up
    """A probe has ended early."""

    def __init__(self, fault: Fault, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason


@dataclass
class Course:
    """How far a probe has come, so that a deadline loses nothing of it."""

    probe: Probe
    stage: Stage = ""
    began: float = field(default_factory=time.perf_counter)
    facts: dict[str, Any] = field(default_factory=dict)
    phases: dict[str, float] = field(default_factory=dict)
    since: float = 0.0
    good: list[Address] | None = None
    """The addresses that may be connected to, once they are known."""

    def enter(self, stage: Stage) -> None:
        self.leave()
        self.stage, self.since = stage, time.perf_counter()

    def leave(self) -> None:
        if self.stage in Phases.__struct_fields__:
            self.phases[self.stage] = self.phases.get(self.stage, 0.0) + time.perf_counter() - self.since
        self.stage = ""

    def again(self) -> None:
        """Measure the connection anew: the first one told nothing but that it is not trusted."""
        self.stage = ""
        self.phases.pop("connect", None)
        self.phases.pop("tls", None)
