"""``homeperf bench``: measure homeperf against the ways that it replaces, and catch what got slower."""

from __future__ import annotations

import click

from homeperf_ray.cli.bench_baseline import baseline
from homeperf_ray.cli.bench_compare import compare
from homeperf_ray.cli.bench_gate import gate
from homeperf_ray.cli.bench_history import history
from homeperf_ray.cli.bench_load import load
from homeperf_ray.cli.bench_run import run
from homeperf_ray.cli.bench_scale import scale
from homeperf_ray.startup import with_numpy


@click.group("bench")
def command() -> None:
    """Measure homeperf against the ways that it replaces, and catch what got slower."""
    with_numpy()


for each in (run, scale, load, baseline, compare, gate, history):
    command.add_command(each)
