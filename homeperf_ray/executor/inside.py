"""Ceph from inside: what the toolboxes of a job have said, and what is judged by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Finding, Judgement
from homeperf_ray.checks.registry import CODES
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.executor.evaluation import evaluated
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.kube.ceph_report import CephReport
from homeperf_ray.kube.toolbox import Toolboxes
from homeperf_ray.timings.operation import Operation


class Unasked(msgspec.Struct, frozen=True):
    """What could not be asked, of the toolbox ``pod``; empty where none could even be looked for."""

    namespace: str
    pod: str
    failure: Failure


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked of the toolboxes and what came, as it travels from a worker."""

    reports: tuple[CephReport, ...] = ()
    unasked: tuple[Unasked, ...] = ()
    notes: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()

    @classmethod
    def of(cls, told: Toolboxes, operations: tuple[Operation, ...]) -> Inside:
        return cls(
            reports=told.reports,
            unasked=tuple(Unasked(one.namespace, one.pod, Failure.of(one.error)) for one in told.unasked),
            notes=told.notes,
            operations=operations,
        )

    @property
    def lists(self) -> int:
        """LISTs that were needed to find the toolboxes."""
        return sum(1 for one in self.operations if one.kind == "list" and not one.page and one.error != "worker_lost")

    def findings(self) -> Iterator[Finding]:
        """What could not be asked, as findings."""
        for one in self.unasked:
            code = CODES["HP001" if one.failure.kind == "forbidden" else "HP002"]
            message = f"{one.failure.message}; not judged: Ceph from inside"
            place = f"Pod/{one.pod}" if one.pod else "Ceph/toolbox"
            yield Finding(code.id, "error", "storage", one.namespace, place, message, one.failure.hint or code.hint)

    def judged(self, checks: Sequence[Check], thresholds: Thresholds, now: datetime) -> Iterator[Judgement]:
        """What the checks say of the reports."""
        snapshot = Snapshot({}, now, ceph=self.reports)
        yield from (evaluated(check, snapshot, thresholds) for check in checks if self.reports)
