"""Changes: what became of the findings of the run before."""

from __future__ import annotations

from collections.abc import Sequence

from homeperf_ray.checks.finding import Finding
from homeperf_ray.executor.report import Changes, Report


def changes_of(report: Report, before: Sequence[Finding], since: float) -> Changes:
    """Compare a report with the findings of the run that ended at ``since`` (Unix time).

    A finding counts as fixed only where its domain could be read: what could not be judged this time is unknown. One
    that the configuration now hides is neither new nor fixed.
    """
    earlier = {finding.key for finding in before}
    now = {finding.key for finding in (*report.findings, *report.suppressed)}
    blind = {finding.domain for finding in report.findings if finding.severity == "error"}
    gone = [finding for finding in before if finding.key not in now]
    unknown = [finding for finding in gone if finding.domain in blind or "cluster" in blind]
    return Changes(
        since=since,
        new=tuple(dict.fromkeys(finding.key for finding in report.findings if finding.key not in earlier)),
        fixed=tuple(finding for finding in gone if finding not in unknown),
        unknown=tuple(unknown),
    )


def remembered(report: Report) -> tuple[Finding, ...]:
    """What the next run is to be compared with: this run's findings, and what could not be judged in it."""
    unknown = report.changes.unknown if report.changes else ()
    return (*report.findings, *unknown)
