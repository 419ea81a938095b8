"""What was probed, for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

import msgspec

from homeperf_ray.executor.report import Probed, Report
from homeperf_ray.probes.outcome import Outcome
from homeperf_ray.render.escape import safe

HEAD = ("PROBE", "NAMESPACE", "OBJECT", "ANSWER", "ADDRESS", "DNS", "CONNECT", "TLS", "FIRST BYTE", "TOTAL")

_PHASES = ("dns", "connect", "tls", "first_byte", "total")


def summary(report: Report) -> Iterator[str]:
    """One line: how many answered from where, how fast, and which was the slowest; nothing where nothing was probed."""
    done = [one.outcome for one in report.probes if one.outcome.fault != "not_probed"]
    if not done:
        return
    well = [outcome for outcome in done if outcome.well]
    line = f"{len(well)} of {len(done)} probes from {safe(done[0].vantage)} were answered"
    if well:
        slowest = max(well, key=lambda outcome: outcome.phases.total)
        middle = median(outcome.phases.total for outcome in well)
        line += f" in {_seconds(middle)} (median); slowest {safe(slowest.target)}, {_seconds(slowest.phases.total)}"
    yield line


def rows(report: Report) -> Iterator[tuple[str, ...]]:
    """A row a probe, with the time of each phase."""
    for one in report.probes:
        outcome = one.outcome
        times = (_seconds(getattr(outcome.phases, name)) for name in _PHASES)
        texts = (outcome.target, one.namespace or "-", one.object, answer(outcome), outcome.address or "-")
        yield (*map(safe, texts), *times)


def answer(outcome: Outcome) -> str:
    """What came back, in a word or two: a status, records, a version of TLS, or what went wrong."""
    if outcome.fault:
        return f"{outcome.fault} at {outcome.stage}" if outcome.stage else outcome.fault
    if outcome.status:
        return f"{outcome.status}{' -> ' + outcome.location if outcome.location else ''}"
    return ", ".join(outcome.records[:3]) or outcome.tls_version or "connected"


def document(one: Probed) -> dict[str, Any]:
    """One probe as plain values."""
    return {"namespace": one.namespace, "object": one.object, **msgspec.to_builtins(one.outcome)}


def _seconds(value: float) -> str:
    if not value:
        return "-"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"
