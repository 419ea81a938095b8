"""Where the timings of a command go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

from homeperf_ray.cli.folders import state_folder
from homeperf_ray.config.settings import Settings
from homeperf_ray.render.escape import safe

if TYPE_CHECKING:
    from homeperf_ray.executor.report import Report
    from homeperf_ray.timings.layout import Layout


def timings_folder(said: Settings) -> Path:
    """The folder of the dataset: the one that was named, else the default."""
    return Path(said["timings"]) if said["timings"] else state_folder() / "timings"


@dataclass(frozen=True)
class Keeping:
    """In which ``folder`` timings are kept, and for how many ``days``; ``timings`` False keeps none."""

    timings: bool
    folder: Path
    days: int

    @classmethod
    def of(cls, said: Settings) -> Self:
        """As the settings say."""
        return cls(not said["no-timings"], timings_folder(said), said["timings-keep"])

    def keep(self, data: bytes, *, run: str, started: float) -> Path | None:
        """Write a run's timings, and compact the dataset where it is due. ``started`` is Unix time in seconds.

        What goes wrong is one line on stderr, since the command itself was done.
        """
        from homeperf_ray.timings.layout import OPERATIONS

        return self._keep(self.folder, OPERATIONS, data, "timings were", run=run, started=started)

    def keep_volumes(self, report: Report) -> Path | None:
        """Write how full a run has found the volumes, likewise."""
        if not self.timings or not report.volumes:
            return None
        from homeperf_ray.timings.layout import VOLUMES
        from homeperf_ray.timings.volume_history import FOLDER, encode

        data = encode(
            report.volumes, run=report.run, recorded=report.started, server=report.server, context=report.context
        )
        where = self.folder / FOLDER
        return self._keep(where, VOLUMES, data, "volumes' history was", run=report.run, started=report.started)

    def _keep(self, folder: Path, layout: Layout, data: bytes, what: str, *, run: str, started: float) -> Path | None:
        if not self.timings:
            return None
        from homeperf_ray.timings.compaction import compact, is_due
        from homeperf_ray.timings.dataset import store

        today = datetime.now(UTC).date()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = store(folder, data, run=run, started=started)
            if is_due(folder, keep_days=self.days, today=today):
                compact(folder, keep_days=self.days, today=today, layout=layout)
        except OSError as error:
            reason = safe(error.strerror or str(error))
            click.echo(
                f"homeperf: the {what} not written to {folder}: {reason}. "
                "Make room or name another folder with --timings; --no-timings writes none.",
                err=True,
            )
            return None
        return path
