"""The tally: what one run found, what of it is hidden, and how many objects are well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from homeperf_ray.checks.finding import Finding, Judgement
from homeperf_ray.checks.suppression import Suppression, suppress
from homeperf_ray.executor.report import Summary


class Tally(msgspec.Struct, frozen=True):
    """Findings worst first, suppressed ones apart, and the objects counted without those."""

    findings: list[Finding]
    suppressed: list[Finding]
    summary: Summary


def tally_of(
    judgements: Iterable[Judgement], unread: Iterable[Finding], suppressions: Sequence[Suppression], today: date
) -> Tally:
    """Tally judgements, and the findings about what could not be read."""
    shown, hidden = suppress(unread, suppressions, today)
    counts = {"critical": 0, "error": len(shown), "warning": 0}
    healthy = 0
    for judgement in judgements:
        mine, suppressed = suppress(judgement.findings, suppressions, today)
        worst = _worst(mine)
        for finding in worst:
            counts[finding.severity] += 1
        healthy += max(judgement.examined - len(worst), 0)
        shown += mine
        hidden += suppressed
    summary = Summary(
        total=healthy + sum(counts.values()),
        healthy=healthy,
        warnings=counts["warning"],
        critical=counts["critical"],
        errors=counts["error"],
    )
    return Tally(_ordered(shown), _ordered(hidden), summary)


def _worst(findings: Iterable[Finding]) -> list[Finding]:
    """Each object once, by the worst of its findings."""
    worst: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.namespace, finding.object)
        if key not in worst or finding.order < worst[key].order:
            worst[key] = finding
    return list(worst.values())


def _ordered(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.order)
