"""``-o wide``: every finding on a line of its own, with all that is known of it, and nothing folded or cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from homeperf_ray.checks.finding import Finding
from homeperf_ray.executor.report import Report, Survey
from homeperf_ray.render import probes
from homeperf_ray.render.escape import safe
from homeperf_ray.render.headline import COLOURS, cost, headline
from homeperf_ray.render.volumes import HEAD
from homeperf_ray.render.volumes import rows as volumes
from homeperf_ray.render.width import cells

_HEAD = ("SEVERITY", "CODE", "NAMESPACE", "OBJECT", "PART", "MESSAGE", "DO")


def lines(survey: Survey, width: int) -> Iterator[str]:
    """Each context's findings, then what is suppressed, fixed and noted; one line where it could not be reached."""
    if len(survey.reports) == 1 and survey.reports[0].failure:
        return
    for number, report in enumerate(survey.reports):
        if number:
            yield ""
        yield from [headline(report)] if report.failure else _report(report)


def _report(report: Report) -> Iterator[str]:
    changes = report.changes
    new = set(changes.new) if changes else set()
    rows = [_row(finding, "new " if finding.key in new else "") for finding in report.findings]
    rows += [_row(finding, "suppressed ") for finding in report.suppressed]
    rows += [_row(finding, "fixed ") for finding in (changes.fixed if changes else ())]
    rows += [_row(finding, "unknown ") for finding in (changes.unknown if changes else ())]
    yield headline(report)
    if rows:
        yield ""
        yield from _columns([_HEAD, *rows])
    if report.volumes:
        yield ""
        yield from _columns([HEAD, *volumes(report)])
    if report.notes:
        yield ""
        yield from (click.style(f"note: {safe(note)}", dim=True) for note in report.notes)
    details = [(finding, line) for finding in report.findings for line in finding.detail]
    if details:
        yield ""
        for finding, line in details:
            where = f"{safe(finding.namespace)}/" if finding.namespace else ""
            yield f"{finding.code} {where}{safe(finding.object)} | {safe(line)}"
    if report.probes:
        yield ""
        yield from _columns([probes.HEAD, *probes.rows(report)])
    yield ""
    yield from (click.style(line, dim=True) for line in probes.summary(report))
    yield click.style(cost(report), dim=True)


def _row(finding: Finding, mark: str) -> tuple[str, ...]:
    texts = (finding.namespace or "-", finding.object, finding.part or "-", finding.message, finding.hint)
    return (f"{mark}{finding.severity}", finding.code, *map(safe, texts))


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows in columns as wide as their widest cell; the last one runs free."""
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = [text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True)]
        colour = COLOURS.get(row[0].rpartition(" ")[2])
        yield "  ".join([click.style(padded[0], fg=colour), *_free(padded[1:])])


def _free(padded: Iterable[str]) -> list[str]:
    *columns, last = padded
    return [*columns, last.rstrip()]
