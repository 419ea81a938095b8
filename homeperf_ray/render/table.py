"""``-o table``: what a person reads first at midnight. Worst first, one line each, with what to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import click

from homeperf_ray.checks.finding import Finding
from homeperf_ray.executor.report import Report
from homeperf_ray.render.escape import safe

_COLOURS = {"critical": "red", "error": "magenta", "warning": "yellow", "healthy": "green"}
_HEADINGS = {"critical": "CRITICAL", "error": "NOT JUDGED", "warning": "WARNING"}


def report_lines(report: Report, width: int = 0) -> Iterator[str]:
    """The report's lines, without line ends; ``width`` 0 takes the terminal's."""
    width = width or shutil.get_terminal_size((120, 24)).columns
    yield _headline(report)
    for severity, heading in _HEADINGS.items():
        findings = [finding for finding in report.findings if finding.severity == severity]
        if findings:
            yield ""
            yield click.style(f"{heading} ({len(findings)})", fg=_COLOURS[severity], bold=True)
        for finding in findings:
            yield from _finding(finding, width)
    if report.notes:
        yield ""
        yield from (click.style(f"note: {safe(note)}", dim=True) for note in report.notes)
    yield ""
    yield click.style(ledger_line(report), dim=True)


def ledger_line(report: Report) -> str:
    """What the run cost, in one line."""
    ledger = report.ledger
    where = f"{report.workers} worker{'s' * (report.workers != 1)}" if report.runner == "ray" else "this process"
    parts = [
        f"{ledger.requested} requests asked for, {ledger.sent} sent, {ledger.saved} saved",
        f"{ledger.cache_hits} from the cache" if ledger.cache_hits else "",
        f"{ledger.retries} sent again" if ledger.retries else "",
        f"{ledger.throttled} throttled" if ledger.throttled else "",
        f"{_size(ledger.bytes)} in {report.duration:.2f} s by {report.runner} ({where})",
    ]
    return "; ".join(part for part in parts if part)


def _headline(report: Report) -> str:
    summary = report.summary
    counts = [
        f"{summary.critical} critical" if summary.critical else "",
        f"{summary.errors} not judged" if summary.errors else "",
        f"{summary.warnings} warning{'s' * (summary.warnings != 1)}" if summary.warnings else "",
        f"{summary.healthy} of {summary.total} healthy",
    ]
    status = click.style(summary.status, fg=_COLOURS[summary.status], bold=True)
    version = f" ({safe(report.server_version)})" if report.server_version else ""
    return f"{safe(report.context)}{version}: {status}: {', '.join(count for count in counts if count)}"


def _finding(finding: Finding, width: int) -> Iterator[str]:
    name = safe(finding.object)
    place = f"{safe(finding.namespace)}/{name}" if finding.namespace else name
    lead = f"  {finding.code} {place}: "
    room = max(width - len(lead), 40)
    code = click.style(finding.code, dim=True)
    yield f"  {code} {click.style(place, bold=True)}: {safe(finding.message, limit=max(room, 160))}"
    if finding.hint:
        yield click.style(f"        {safe(finding.hint)}", dim=True)


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
