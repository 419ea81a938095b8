"""Where the timings of a command go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import click

from homeperf_ray.cli.folders import state_folder
from homeperf_ray.config.settings import Settings
from homeperf_ray.render.escape import safe


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
        if not self.timings:
            return None
        from homeperf_ray.timings.compaction import compact, is_due
        from homeperf_ray.timings.dataset import store

        today = datetime.now(UTC).date()
        try:
            path = store(self.folder, data, run=run, started=started)
            if is_due(self.folder, keep_days=self.days, today=today):
                compact(self.folder, keep_days=self.days, today=today)
        except OSError as error:
            reason = safe(error.strerror or str(error))
            click.echo(
                f"homeperf: the timings were not written to {self.folder}: {reason}. "
                "Make room or name another folder with --timings; --no-timings writes none.",
                err=True,
            )
            return None
        return path
