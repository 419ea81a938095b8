"""``-o table``: what a person reads first at midnight. Worst first, one group a code, with what to do."""

from __future__ import annotations

from collections.abc import Iterator

import click

from homeperf_ray.checks.finding import Finding
from homeperf_ray.executor.report import Changes, Report, Survey
from homeperf_ray.render.escape import safe
from homeperf_ray.render.groups import Entry, Group, groups
from homeperf_ray.render.headline import COLOURS, HEADINGS, cost, headline, since
from homeperf_ray.render.probes import summary
from homeperf_ray.render.width import cells, cut, wrapped

SHOWN = 6
"""Findings of one group that are shown; ``-o wide`` shows all."""

MOST_LINES = 3
"""Lines that one finding may take."""

NARROWEST = 40

_INDENT = "         "


def lines(survey: Survey, width: int) -> Iterator[str]:
    """Each context's report, with an empty line between; a context that could not be reached is one line among
    several. Why it could not is told on stderr.
    """
    if len(survey.reports) == 1 and survey.reports[0].failure:
        return
    for number, report in enumerate(survey.reports):
        if number:
            yield ""
        yield from [headline(report)] if report.failure else report_lines(report, max(width, NARROWEST))


def report_lines(report: Report, width: int) -> Iterator[str]:
    """One report; one line where nothing is wrong and nothing has changed."""
    changes = report.changes
    quiet = not report.findings and not (changes and changes.any)
    if quiet:
        yield _one_line(report, width)
        yield from (click.style(cut(line, width), dim=True) for line in summary(report))
        return
    yield headline(report)
    new = set(changes.new) if changes else set()
    for severity, heading in HEADINGS.items():
        found = groups(report.findings, severity, report.titles)
        if found:
            count = sum(finding.severity == severity for finding in report.findings)
            yield ""
            yield click.style(f"{heading}: {count} finding{'s' * (count != 1)}", fg=COLOURS[severity], bold=True)
        for group in found:
            yield from _group(group, new, width)
    if changes:
        yield from _fixed(changes, width)
    if report.notes:
        yield ""
        yield from (click.style(cut(f"note: {safe(note)}", width), dim=True) for note in report.notes)
    yield ""
    yield from (click.style(cut(line, width), dim=True) for line in summary(report))
    yield click.style(cost(report), dim=True)


def _group(group: Group, new: set[tuple[str, str, str, str]], width: int) -> Iterator[str]:
    count = f" ({len(group.entries)})" if len(group.entries) > 1 else ""
    yield f"  {click.style(group.code, bold=True)}  {click.style(cut(group.title + count, width - 9), bold=True)}"
    for entry in group.entries[:SHOWN]:
        yield from _entry(entry, width, new=entry.finding.key in new)
    if len(group.entries) > SHOWN:
        more = f"… and {len(group.entries) - SHOWN} more: -o wide shows all of them"
        yield f"{_INDENT}{click.style(more, dim=True)}"
    for hint in _hints(group):
        yield from (f"{_INDENT}{click.style(line, fg='cyan')}" for line in _hint(hint, width))


def _hints(group: Group) -> Iterator[str]:
    """What to do about the first object; several hints where several things are wrong with it."""
    first = group.entries[0].finding
    same = (entry.finding for entry in group.entries[:SHOWN] if entry.finding.object == first.object)
    hints = [finding.hint for finding in same if finding.namespace == first.namespace]
    return filter(None, dict.fromkeys(hints))


def _entry(entry: Entry, width: int, *, new: bool) -> Iterator[str]:
    finding = entry.finding
    mark, where = "new " if new else "", place(finding)
    hit = {one.object: one.message for one in reversed(entry.explains)}
    explained = "".join(f" ({safe(name)}: {safe(message)})" for name, message in hit.items())
    text = f"{mark}{where}: {safe(finding.message)}{explained}"
    first, *others = wrapped(text, width - len(_INDENT) - 2, most=MOST_LINES)
    yield _INDENT + _emphasised(first, mark, where)
    yield from (f"{_INDENT}  {line}" for line in others)
    for line in finding.detail:
        yield click.style(cut(f"{_INDENT}  | {safe(line)}", width), dim=True)


def _emphasised(line: str, mark: str, name: str) -> str:
    """The name in bold, where it stands whole on the line, and the mark in green."""
    lead = mark + name
    if not line.startswith(lead):
        return line
    marked = click.style(mark, fg="green", bold=True) if mark else ""
    return marked + click.style(name, bold=True) + line[len(lead) :]


def _hint(hint: str, width: int) -> Iterator[str]:
    """A hint is never cut: it is a command that will be copied."""
    first, *others = wrapped(safe(hint), max(width - len(_INDENT) - 2, 1), most=len(hint))
    yield f"> {first}"
    yield from (f"  {line}" for line in others)


def _fixed(changes: Changes, width: int) -> Iterator[str]:
    if changes.fixed:
        yield ""
        yield click.style(f"FIXED {since(changes)} ({len(changes.fixed)})", fg="green", bold=True)
        for finding in changes.fixed:
            yield cut(f"  {finding.code}  {place(finding)}: {safe(finding.message)}", width)
    if changes.unknown:
        yield ""
        yield click.style(f"NOT KNOWN, since not all could be read ({len(changes.unknown)})", bold=True)
        for finding in changes.unknown:
            yield cut(f"  {finding.code}  {place(finding)}: {safe(finding.message)}", width)


def place(finding: Finding) -> str:
    """Where: ``media/Pod/web-0``."""
    name = safe(finding.object)
    return f"{safe(finding.namespace)}/{name}" if finding.namespace else name


def _one_line(report: Report, width: int) -> str:
    """The headline, and behind it as much of what the run cost and of what is not shown as there is room for."""
    line = headline(report)
    room = width - cells(click.unstyle(line))
    fitting = next((aside for aside in _asides(report) if cells(aside) < room), "")
    return f"{line} {click.style(fitting, dim=True)}" if fitting else line


def _asides(report: Report) -> Iterator[str]:
    count = len(report.notes)
    notes = f"; {count} note{'s' * (count != 1)}: -o wide" if count else ""
    hidden = f"; {len(report.suppressed)} suppressed" if report.suppressed else ""
    brief = f"{report.ledger.sent} requests, {report.duration:.2f} s"
    yield f"({cost(report)}{hidden}{notes})"
    yield f"({brief}{hidden}{notes})"
    yield f"({brief})"
