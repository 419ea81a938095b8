"""One round of ``check``: drive the jobs, compare with the round before, keep what is to be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import click
import msgspec

from homeperf_ray.cli.drive import Result, drive
from homeperf_ray.cli.folders import state_folder
from homeperf_ray.cli.previous import compared, remember
from homeperf_ray.cli.timings import keep
from homeperf_ray.config.settings import Settings
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.report import Report, Survey
from homeperf_ray.render.escape import safe


@dataclass(frozen=True)
class Keeping:
    """Where timings go, ``folder`` None for the default, and for how many days; ``timings`` False writes none."""

    timings: bool
    folder: Path | None
    days: int

    @classmethod
    def of(cls, said: Settings) -> Self:
        """As the settings say."""
        folder = Path(said["timings"]) if said["timings"] else None
        return cls(not said["no-timings"], folder, said["timings-keep"])


def run_round(
    jobs: Sequence[CheckJob], runner: str, keeping: Keeping, *, since_last: bool, progress: bool = True
) -> Survey:
    """Run every job; what cannot be kept is a line on stderr. Raises KubeError where nothing could be run."""
    results = drive(jobs, runner, progress=progress)
    reports = [_finished(result, job, keeping) for result, job in zip(results, jobs, strict=True)]
    if not since_last:
        reports = [msgspec.structs.replace(report, changes=None) for report in reports]
    return Survey(reports=tuple(reports))


def _finished(result: Result, job: CheckJob, keeping: Keeping) -> Report:
    folder = state_folder() / "last"
    report = compared(result.report, job, folder)
    try:
        remember(report, job, folder)
    except OSError as error:
        reason = safe(error.strerror or str(error))
        click.echo(f"homeperf: this run is not remembered for --since-last: {folder}: {reason}", err=True)
    if keeping.timings:
        keep(result.timings, result.report, keeping.folder, keeping.days)
    return report
