"""Drive one job to its report, through a runtime or in this process."""

from __future__ import annotations

from typing import NamedTuple

import click

from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.report import Report
from homeperf_ray.kube.errors import Unreachable
from homeperf_ray.render.progress import ProgressLine


class Result(NamedTuple):
    """A report, and the run's timings as finished Parquet bytes."""

    report: Report
    timings: bytes


def drive(job: CheckJob, runner: str) -> Result:
    """Run a job on the runner that was asked for; ``auto`` takes a runtime that is up and well, else this process.

    Raises KubeError, with what to do, where nothing could be run at all.
    """
    if runner in ("auto", "ray"):
        answer = _there(job, must=runner == "ray")
        if answer is not None:
            return answer
    return _here(job, serial=runner == "serial")


def _there(job: CheckJob, *, must: bool) -> Result | None:
    """Run a job on the runtime; None, and a line on stderr, where it is not well and need not be."""
    from homeperf_ray.actors.client import LONG_PATIENCE, PATIENCE, RuntimeGone, Unavailable, connect

    runtime = connect(patience=LONG_PATIENCE if must else PATIENCE)
    if isinstance(runtime, Unavailable):
        if must:
            raise Unreachable(runtime.reason, runtime.hint)
        if runtime.noteworthy:
            click.echo(f"homeperf: running locally: {runtime.reason}", err=True)
        return None
    try:
        with runtime, ProgressLine() as line:
            answer = runtime.check(job, line.show)
    except RuntimeGone as error:
        if must:
            raise
        click.echo(f"homeperf: running locally: {error.message}", err=True)
        return None
    return Result(answer.report, answer.timings)


def _here(job: CheckJob, *, serial: bool) -> Result:
    from homeperf_ray.cli.folders import cache_folder
    from homeperf_ray.executor.local import run_local
    from homeperf_ray.timings.dataset import encode

    with ProgressLine() as line:
        [(report, rows)] = run_local([job], serial=serial, discovery_dir=cache_folder(), processors=(line,))
    return Result(report, encode(rows))
