"""The history: one metric over the runs that were kept, and where it changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

import msgspec

from homeperf_ray.bench.change_points import ChangePoint, change_points
from homeperf_ray.bench.metric import METRICS, RELATIVE, Metric, values_of
from homeperf_ray.bench.run import Run


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one scenario over comparable runs: ``values`` are medians, oldest first, of ``runs``."""

    scenario: str
    metric: str
    unit: str
    values: tuple[float, ...]
    runs: tuple[str, ...]
    commits: tuple[str, ...]
    started: tuple[float, ...]
    points: tuple[ChangePoint, ...]


def series_of(runs: Sequence[Run]) -> Iterator[Series]:
    """All series of the runs that can be compared with the newest: of its size, and for times of its machine.

    ``runs`` are oldest first.
    """
    if not runs:
        return
    newest = runs[-1]
    alike = [run for run in runs if run.size == newest.size]
    for metric in (*METRICS, *RELATIVE):
        chosen = [run for run in alike if not metric.absolute or run.machine == newest.machine]
        if metric.relative:
            chosen = [run for run in chosen if run.scenarios[0] == newest.scenarios[0]]
        measured = [(run, values_of(metric, run.samples)) for run in chosen]
        for scenario in newest.scenarios:
            points = [(run, median(values[scenario])) for run, values in measured if values.get(scenario)]
            if any(value for _, value in points):
                yield _series(scenario, metric, points)


def _series(scenario: str, metric: Metric, points: Sequence[tuple[Run, float]]) -> Series:
    values = tuple(value for _, value in points)
    return Series(
        scenario=scenario,
        metric=metric.name,
        unit=metric.unit,
        values=values,
        runs=tuple(run.run for run, _ in points),
        commits=tuple(run.source.commit or run.source.homeperf for run, _ in points),
        started=tuple(run.started for run, _ in points),
        points=tuple(change_points(values, matters=metric.matters)),
    )
