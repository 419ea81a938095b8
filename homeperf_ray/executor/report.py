"""The report: what one run found, as a value that every format is rendered from."""

from __future__ import annotations

from typing import Literal

import msgspec

from homeperf_ray.checks.finding import Domain, Finding, Key
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.probes.outcome import Outcome
from homeperf_ray.probes.probe import Target
from homeperf_ray.timings.ledger import Ledger
from homeperf_ray.timings.volume_use import VolumeUse

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


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the findings since the previous run of the same scope, which ended at ``since`` (Unix time).

    ``new`` holds the keys of findings that are in this report and were not in that one, ``fixed`` the findings of
    that one that are gone, ``unknown`` those of which nothing can be said, since their domain could not be read.
    """

    since: float
    new: tuple[Key, ...] = ()
    fixed: tuple[Finding, ...] = ()
    unknown: tuple[Finding, ...] = ()

    @property
    def any(self) -> bool:
        """Whether there is anything new or fixed."""
        return bool(self.new or self.fixed)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One run of ``check``. ``started`` is Unix time, ``duration`` seconds; ``findings`` are worst first."""

    run: str
    started: float
    duration: float
    runner: str
    workers: int
    context: str
    server: str = ""
    """A digest of the API server's address and CA; empty where no kubeconfig could be read."""
    server_version: str
    domains: tuple[Domain, ...]
    namespaces: tuple[str, ...] | None
    summary: Summary
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    """What is dubious in the way the cluster was reached, not in the cluster."""
    ledger: Ledger
    suppressed: tuple[Finding, ...] = ()
    """What the configuration hides; these objects count as healthy."""
    failure: Failure | None = None
    """Why nothing at all could be judged; None where anything was."""
    volumes: tuple[VolumeUse, ...] = ()
    """How full each mounted claim is, where the kubelets were asked."""
    changes: Changes | None = None
    """What is different from the run before, where that was asked for."""
    targets: tuple[Target, ...] = ()
    """What is to be probed, where that was asked for; it is empty again once that was done."""
    probes: tuple[Probed, ...] = ()
    """What was probed, in the order of the targets."""
    titles: dict[str, str] = {}
    """What each code that was found means, so that whoever shows it need not load the checks."""


class Probed(msgspec.Struct, frozen=True):
    """The outcome of one probe, and the object because of which it was done."""

    namespace: str
    object: str
    outcome: Outcome


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """One command: a report a context, in the order in which the contexts were named."""

    reports: tuple[Report, ...]

    @property
    def summary(self) -> Summary:
        """The sum over the contexts."""
        names = Summary.__struct_fields__
        return Summary(**{name: sum(getattr(report.summary, name) for report in self.reports) for name in names})

    @property
    def ledger(self) -> Ledger:
        """The sum over the contexts; of ages the greatest."""
        ledgers = [report.ledger for report in self.reports]
        sums = {name: sum(getattr(one, name) for one in ledgers) for name in Ledger.__struct_fields__}
        return Ledger(**sums | {"age_seconds": max((one.age_seconds for one in ledgers), default=0.0)})

    @property
    def started(self) -> float:
        """Unix time."""
        return min(report.started for report in self.reports)

    @property
    def duration(self) -> float:
        """Seconds from the first start to the last end."""
        return max(report.started + report.duration for report in self.reports) - self.started
