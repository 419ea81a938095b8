"""Lifecycle hooks: progress bars, timings and streams are all processors."""

from __future__ import annotations

from homeperf_ray.checks.finding import Judgement
from homeperf_ray.executor.report import Report
from homeperf_ray.timings.operation import Operation


class Processor:
    """The base of every processor: hooks that do nothing. They are called in the run's event loop and never block."""

    def planned(self, requests: int, batches: int) -> None:
        """The plan is made, or has grown: so many LISTs and so many batches in all."""

    def operated(self, operation: Operation) -> None:
        """An operation ended, well or not."""

    def fetched(self) -> None:
        """One more LIST has its outcome."""

    def judged(self, judgement: Judgement) -> None:
        """One check has judged one batch."""

    def finished(self, report: Report) -> None:
        """The run is over."""


class Operations(Processor):
    """Collects the operations of a run."""

    def __init__(self) -> None:
        self.rows: list[Operation] = []

    def operated(self, operation: Operation) -> None:
        self.rows.append(operation)
