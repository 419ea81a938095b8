"""The report: what one run found, as a value that every format is rendered from."""

from __future__ import annotations

from typing import Literal

import msgspec

from homeperf_ray.checks.finding import Domain, Finding
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.timings.ledger import Ledger

Status = Literal["healthy", "warning", "critical", "error"]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Objects judged, each counted once a check by its worst finding; ``total`` is the sum of the other four.

    ``errors`` counts what could not be judged.
    """

    total: int = 0
    healthy: int = 0
    warnings: int = 0
    critical: int = 0
    errors: int = 0

    @property
    def status(self) -> Status:
        """Critical before error before warning, as the exit codes are ordered."""
        if self.critical:
            return "critical"
        if self.errors:
            return "error"
        return "warning" if self.warnings else "healthy"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run of ``check``. ``started`` is Unix time, ``duration`` seconds; ``findings`` are worst first."""

    run: str
    started: float
    duration: float
    runner: str
    workers: int
    context: str
    server_version: str
    domains: tuple[Domain, ...]
    namespaces: tuple[str, ...] | None
    summary: Summary
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    """What is dubious in the way the cluster was reached, not in the cluster."""
    ledger: Ledger
    failure: Failure | None = None
    """Why nothing at all could be judged; None where anything was."""
