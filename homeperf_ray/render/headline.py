"""The first line of a report and its last: how the cluster is, and what it cost to know."""

from __future__ import annotations

from datetime import datetime

import click

from homeperf_ray.checks.finding import Severity
from homeperf_ray.executor.report import Changes, Report
from homeperf_ray.render.escape import safe
from homeperf_ray.timings.ledger import Ledger

COLOURS = {"critical": "red", "error": "magenta", "warning": "yellow", "healthy": "green"}
HEADINGS: dict[Severity, str] = {"critical": "CRITICAL", "error": "NOT JUDGED", "warning": "WARNING"}


def headline(report: Report) -> str:
    """The context, its status, how many objects are how, and what has changed."""
    summary = report.summary
    counts = [
        f"{summary.critical} critical" if summary.critical else "",
        f"{summary.errors} not judged" if summary.errors else "",
        f"{summary.warnings} warning{'s' * (summary.warnings != 1)}" if summary.warnings else "",
        f"{summary.healthy} of {summary.total} healthy",
        f"{len(report.suppressed)} suppressed" if report.suppressed and report.findings else "",
    ]
    status = click.style(summary.status, fg=COLOURS[summary.status], bold=True)
    version = f" ({safe(report.server_version)})" if report.server_version else ""
    changed = f"; {_changed(report, report.changes)}" if report.changes else ""
    return f"{safe(report.context)}{version}: {status}: {', '.join(count for count in counts if count)}{changed}"


def cost(report: Report) -> str:
    """What the run cost, in one line."""
    ledger = report.ledger
    where = f"{report.workers} worker{'s' * (report.workers != 1)}" if report.runner == "ray" else "this process"
    parts = [
        f"{ledger.requested} requests asked for, {ledger.sent} sent, {ledger.saved} saved",
        _kept(report.ledger),
        f"{ledger.retries} sent again" if ledger.retries else "",
        f"{ledger.throttled} throttled" if ledger.throttled else "",
        f"{_size(ledger.bytes)} in {report.duration:.2f} s by {report.runner} ({where})",
    ]
    return "; ".join(part for part in parts if part)


def since(changes: Changes) -> str:
    """``since 14:05``, with the day where that is not today's."""
    then = datetime.fromtimestamp(changes.since).astimezone()
    today = datetime.now().astimezone().date()
    return f"since {then:%H:%M}" if then.date() == today else f"since {then:%Y-%m-%d %H:%M}"


def _kept(ledger: Ledger) -> str:
    """What came from the cache, how much of that is watched, and how old the oldest of it is."""
    if not ledger.cache_hits:
        return ""
    watched = f", {ledger.watched} of them watched" if ledger.watched else ""
    return f"{ledger.cache_hits} from the cache{watched}, at most {ledger.age_seconds:.0f} s old"


def _changed(report: Report, changes: Changes) -> str:
    same = len({finding.key for finding in report.findings}) - len(changes.new)
    return f"{since(changes)}: {len(changes.new)} new, {len(changes.fixed)} fixed, {same} unchanged"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
