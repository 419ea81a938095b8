"""One round of ``check``: drive the jobs, compare with the round before, keep what is to be kept."""

from __future__ import annotations

from collections.abc import Sequence

import click
import msgspec

from homeperf_ray.cli.drive import Result, Route, drive
from homeperf_ray.cli.folders import state_folder
from homeperf_ray.cli.growing import with_growth
from homeperf_ray.cli.previous import compared, remember
from homeperf_ray.cli.timings import Keeping
from homeperf_ray.config.probes import Probes
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.report import Report, Survey
from homeperf_ray.render.escape import safe


def run_round(
    jobs: Sequence[CheckJob],
    route: Route,
    keeping: Keeping,
    *,
    since_last: bool,
    progress: bool = True,
    probes: Probes | None = None,
) -> Survey:
    """Run every job, and its probes from here where it asks for them; what cannot be kept is a line on stderr.

    Raises KubeError where nothing could be run.
    """
    if any(job.targets for job in jobs):
        from homeperf_ray.cli.probing import authority, probed

        said = probes or Probes()
        ca = authority(said)
        results = probed(drive(jobs, route, progress=progress), jobs, said, ca, away=route.endpoint is not None)
    else:
        results = drive(jobs, route, progress=progress)
    reports = [_finished(result, job, keeping) for result, job in zip(results, jobs, strict=True)]
    if not since_last:
        reports = [msgspec.structs.replace(report, changes=None) for report in reports]
    return Survey(reports=tuple(reports))


def _finished(result: Result, job: CheckJob, keeping: Keeping) -> Report:
    folder = state_folder() / "last"
    report = compared(with_growth(result.report, job, keeping), job, folder)
    try:
        remember(report, job, folder)
    except OSError as error:
        reason = safe(error.strerror or str(error))
        click.echo(f"homeperf: this run is not remembered for --since-last: {folder}: {reason}", err=True)
    keeping.keep(result.timings, run=result.report.run, started=result.report.started)
    if result.probes:
        keeping.keep(result.probes, run=f"{result.report.run}-probes", started=result.report.started)
    return report
