"""Where the timings of a command go."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from homeperf_ray.cli.folders import state_folder
from homeperf_ray.executor.report import Report
from homeperf_ray.render.escape import safe


def keep(data: bytes, report: Report, folder: Path | None, keep_days: int) -> Path | None:
    """Write a run's timings, and compact the dataset where it is due.

    What goes wrong is one line on stderr, since the check itself was done.
    """
    from homeperf_ray.timings.compaction import compact, is_due
    from homeperf_ray.timings.dataset import store

    folder = folder or state_folder() / "timings"
    today = datetime.now(UTC).date()
    try:
        path = store(folder, data, run=report.run, started=report.started)
        if is_due(folder, keep_days=keep_days, today=today):
            compact(folder, keep_days=keep_days, today=today)
    except OSError as error:
        reason = safe(error.strerror or str(error))
        click.echo(
            f"homeperf: the timings were not written to {folder}: {reason}. "
            "Make room or name another folder with --timings; --no-timings writes none.",
            err=True,
        )
        return None
    return path
