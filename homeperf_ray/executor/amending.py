"""A report with what was judged after it was made, by whoever holds what the workers do not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.executor.report import Report, Summary
from homeperf_ray.executor.tally import tally_of


def amended(report: Report, judgement: Judgement, suppressions: Iterable[Suppression], codes: Iterable[Code]) -> Report:
    """The report with one judgement more: its findings in their place, its objects counted, its notes at the end.

    ``codes`` are those that the judgement may give.
    """
    today = datetime.fromtimestamp(report.started).astimezone().date()
    tally = tally_of([judgement], (), tuple(suppressions), today)
    names = Summary.__struct_fields__
    sums = {name: getattr(report.summary, name) + getattr(tally.summary, name) for name in names}
    given = {finding.code for finding in tally.findings}
    findings = sorted((*report.findings, *tally.findings), key=lambda finding: finding.order)
    return msgspec.structs.replace(
        report,
        summary=Summary(**sums),
        findings=tuple(findings),
        suppressed=tuple(sorted((*report.suppressed, *tally.suppressed), key=lambda finding: finding.order)),
        notes=(*report.notes, *judgement.notes),
        titles=report.titles | {code.id: code.title for code in codes if code.id in given},
    )
