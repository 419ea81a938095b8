"""What a terminal shows of benchmarks: a run, a comparison, the shelf, the history."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from homeperf_ray.bench.change_points import ChangePoint
from homeperf_ray.bench.comparison import Verdict
from homeperf_ray.bench.history import Series
from homeperf_ray.bench.load import Step
from homeperf_ray.bench.run import Run
from homeperf_ray.bench.scale import Scaled
from homeperf_ray.bench.suite import Summary
from homeperf_ray.render.escape import safe
from homeperf_ray.render.sparkline import BLOCKS

if TYPE_CHECKING:
    from rich.table import Table

_STYLES = {"faster": "green", "fewer": "green", "less": "green", "same": "", "unknown": "yellow"}
"""By verdict; everything else is worse."""


def summaries(found: Sequence[Summary]) -> Table:
    """A run: a line a scenario."""
    table = _table("scenario", "wall s", "fastest", "cpu s", "inner s", "peak MB", "requests", "times faster", "same")
    for each in found:
        table.add_row(
            safe(each.scenario),
            f"{each.wall:.3f}",
            f"{each.fastest:.3f}",
            f"{each.cpu:.3f}",
            f"{each.inner:.3f}" if each.inner else "",
            f"{each.peak / 1e6:.0f}" if each.peak else "",
            str(each.requests),
            f"{each.ratio:.1f} ({each.interval[0]:.1f}-{each.interval[1]:.1f})",
            "yes" if each.agrees else "NO",
        )
    return table


def verdicts(found: Sequence[Verdict]) -> Table:
    """A comparison: a line a scenario and metric."""
    table = _table("scenario", "metric", "before", "after", "ratio", "95 %", "p", "verdict", left=(0, 1, 7))
    for each in found:
        style = "red" if each.worse else _STYLES.get(each.word, "")
        said = each.word + (f": {each.why}" if each.why else "")
        table.add_row(
            safe(each.scenario),
            each.metric,
            _amount(each.before, each.unit),
            _amount(each.after, each.unit),
            "" if each.ratio is None else f"{each.ratio:.3f}",
            "" if each.low is None or each.high is None else f"{each.low:.3f}-{each.high:.3f}",
            "" if each.p is None else f"{each.p:.2g}",
            f"[{style}]{said}[/]" if style else said,
        )
    return table


def shelf(runs: Sequence[tuple[str, Run]]) -> Table:
    """Runs by name."""
    table = _table("name", "run", "started", "commit", "samples", "cluster", "scenarios", left=(0, 1, 2, 3, 5, 6))
    for name, run in runs:
        table.add_row(
            safe(name),
            safe(run.run),
            time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started)),
            safe(run.source.commit or run.source.homeperf),
            str(run.parameters.samples),
            safe(cluster(run)),
            safe(", ".join(run.scenarios)),
        )
    return table


def cluster(run: Run) -> str:
    """What a run was measured on, in a few words."""
    asked = run.parameters
    if asked.cluster != "homelab":
        return asked.cluster
    latency = f", {asked.latency_ms:g} ms" if asked.latency_ms else ""
    return f"{asked.namespaces} namespaces, {asked.pods} pods{latency}"


def _table(*headings: str, left: Sequence[int] = (0,)) -> Table:
    from rich.table import Table

    table = Table()
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place in left else "right")
    return table


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "B":
        return f"{value / 1e6:.2f} MB"
    if unit in ("s", "x"):
        return f"{value:.3f} {unit}"
    return f"{value:g}"


def history(found: Sequence[Series]) -> Table:
    """Series: a line a scenario and metric, with a small curve."""
    table = _table("scenario", "metric", "runs", "first", "last", "curve", "changes", left=(0, 1, 5))
    for each in found:
        table.add_row(
            safe(each.scenario),
            each.metric,
            str(len(each.values)),
            _amount(each.values[0], each.unit),
            _amount(each.values[-1], each.unit),
            _curve(each.values[-40:]),
            str(len(each.points) or ""),
        )
    return table


def scaled(found: Sequence[Scaled]) -> Table:
    """A scaling test: a line a point. Latencies are in milliseconds."""
    table = _table("namespaces", "pods", "workers", "in flight", "requests", "requests/s", "times", "p50 ms", "p99", "")
    for each in found:
        point = each.point
        table.add_row(
            str(point.namespaces),
            str(point.pods),
            str(point.workers) if point.workers else "local",
            str(point.concurrency),
            str(each.requests),
            f"{each.throughput:.1f}",
            f"{each.speedup:.1f}",
            f"{each.latency.p50 * 1000:.1f}",
            f"{each.latency.p99 * 1000:.1f}",
            "knee" if each.knee else "",
        )
    return table


def steps(found: Sequence[Step]) -> Table:
    """A load test: a line a rate. Latencies are in milliseconds, from when a request was due."""
    table = _table(
        "asked/s", "sent/s", "p50 ms", "p90", "p99", "p99.9", "max", "429", "failed", "in flight", "neighbour p95"
    )
    for each in found:
        latency = each.latency
        table.add_row(
            f"{each.rate:g}",
            f"{each.sent_rate:.1f}" if each.sent else "",
            *(
                f"{value * 1000:.1f}" if each.sent else ""
                for value in (latency.p50, latency.p90, latency.p99, latency.p999, latency.max)
            ),
            str(each.statuses.get("429", 0) or ""),
            str(each.failed or ""),
            f"{each.in_flight}{' (saturated)' if each.saturated else ''}" if each.sent else "",
            f"{each.neighbour.p95 * 1000:.1f}",
        )
    return table


def change(series: Series, point: ChangePoint) -> str:
    """One change point as a sentence."""
    share = f" ({point.after / point.before - 1:+.0%})" if point.before else ""
    return (
        f"{safe(series.scenario)}: {series.metric} went from {_amount(point.before, series.unit)} to "
        f"{_amount(point.after, series.unit)}{share} with run {safe(series.runs[point.index])} at commit "
        f"{safe(series.commits[point.index])}; the one before was {safe(series.commits[point.index - 1])}"
    )


def _curve(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    if high == low:
        return BLOCKS[3] * len(values)
    return "".join(BLOCKS[round((value - low) / (high - low) * (len(BLOCKS) - 1))] for value in values)
