"""Where the timings of a command go."""

from __future__ import annotations

from pathlib import Path

import click

from homeperf_ray.cli.folders import state_folder
from homeperf_ray.executor.report import Report
from homeperf_ray.render.escape import safe


def keep(data: bytes, report: Report, folder: Path | None) -> Path | None:
    """Write a run's timings; what goes wrong is one line on stderr, since the check itself was done."""
    from homeperf_ray.timings.dataset import store

    folder = folder or state_folder() / "timings"
    try:
        return store(folder, data, run=report.run, started=report.started)
    except OSError as error:
        reason = safe(error.strerror or str(error))
        click.echo(
            f"homeperf: the timings were not written to {folder}: {reason}. "
            "Make room or name another folder with --timings; --no-timings writes none.",
            err=True,
        )
        return None
