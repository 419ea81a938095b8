"""``homeperf bench history``: what has changed over all runs that were kept, and at which commit."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeperf_ray.cli.benchmarking import complain, dump, output_option, results_option, shelf_of, show

if TYPE_CHECKING:
    from homeperf_ray.bench.history import Series


@click.command("history")
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="Only these.")
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="Only these: wall, cpu, peak, requests ...")
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How far to look back.")
@output_option
@results_option
def history(scenarios: tuple[str, ...], metrics: tuple[str, ...], days: int, output: str, results: Path | None) -> None:
    """Find where a metric changed over the kept runs, and name the commits on either side.

    Compared are the runs that are of the newest one's size; times as such only where they are of its machine.
    """
    from homeperf_ray.bench.history import series_of
    from homeperf_ray.render.benchmark import history as table

    runs, complaints = shelf_of(results).runs()
    complain(complaints)
    recent = [run for run in runs if run.started >= time.time() - days * 86_400]
    found = [
        series
        for series in series_of(recent)
        if (not scenarios or series.scenario in scenarios) and (not metrics or series.metric in metrics)
    ]
    if output == "json":
        dump(found)
        return
    if not found:
        raise click.ClickException(
            f"no run of the last {days} days has such a metric; `homeperf bench run` adds one at a time"
        )
    show(table(found))
    for line in _changes(found):
        click.echo(line)


def _changes(found: list[Series]) -> list[str]:
    from homeperf_ray.render.benchmark import change

    said = [change(series, point) for series in found for point in series.points]
    longest = max(len(series.values) for series in found)
    if not said and longest < 6:
        return [f"{longest} runs are too few to find a change in: 6 are the least"]
    return said or ["nothing has changed that matters"]
