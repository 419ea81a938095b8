"""A runtime of this benchmark's own, in a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from homeperf_ray.actors.folder import RuntimeFolder
from homeperf_ray.actors.runtime import Runtime

PATIENCE = 600.0
"""Seconds: twenty workers on a machine with other work need more than a user would wait."""


IDLE_STOP = 900.0
"""Seconds after which a runtime ends by itself, should this benchmark have been killed."""


@dataclass(frozen=True)
class Home:
    """Where commands find their runtime and their budget, and nothing else."""

    path: Path

    @property
    def budgets(self) -> Path:
        return self.path / ".local/state/homeperf/budget"

    @property
    def runtime(self) -> Runtime:
        return Runtime(RuntimeFolder(self.path / "run"))

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path),
            "HOMEPERF_RUNTIME_DIR": str(self.path / "run"),
            "LANG": "C.UTF-8",
        }

    def command(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begin a command, whose standard output can be read."""
        return subprocess.Popen(
            [sys.executable, "-m", "homeperf_ray.cli.main", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def limiter(self) -> int:
        """The process of the limiter; 0 while there is none."""
        for pid in self.runtime.processes():
            try:
                title = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            if title.startswith(b"ray::RateLimiter"):
                return pid
        return 0


@contextmanager
def running(workers: int) -> Iterator[Home]:
    """A home whose runtime is up with so many workers, and shares its budget with the local runs of that home."""
    with tempfile.TemporaryDirectory(prefix="hp-") as folder:
        home = Home(Path(folder))
        try:
            with mock.patch("homeperf_ray.actors.runtime.START_SECONDS", PATIENCE):
                home.runtime.up(workers, idle_stop=IDLE_STOP, budgets=home.budgets)
            yield home
        finally:
            home.runtime.down()
