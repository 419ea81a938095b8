"""One line of progress on a terminal; nothing anywhere else."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Self

from homeperf_ray.checks.finding import Judgement
from homeperf_ray.executor.processor import Processor

_PATIENCE = 0.3
"""Seconds before the line is shown at all: what is faster needs no progress."""


class ProgressLine:
    """Rewrites one line on stderr while runs work, and wipes it at the end; ``wanted`` False never shows it."""

    def __init__(self, wanted: bool = True) -> None:
        self._wanted = wanted and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._started = time.monotonic()
        self._shown = False
        self._told: dict[str, tuple[int, int, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def of(self, run: str) -> Processor:
        """What shows the counts of one run, beside those of the others."""
        return _Counts(self, run)

    def show(self, requests: int, fetched: int, judged: int, *, of: str) -> None:
        """Show the counts of one run, added to those of the others."""
        self._told[of] = (requests, fetched, judged)
        if not self._wanted or time.monotonic() - self._started < _PATIENCE:
            return
        self._shown = True
        planned, read, done = map(sum, zip(*self._told.values(), strict=True))
        sys.stderr.write(f"\r\x1b[K{read} of {planned} read, {done} checks judged")
        sys.stderr.flush()


class _Counts(Processor):
    def __init__(self, line: ProgressLine, run: str) -> None:
        self._line = line
        self._run = run
        self._requests = self._fetched = self._judged = 0

    def planned(self, requests: int, batches: int) -> None:
        self._requests = requests
        self._tell()

    def fetched(self) -> None:
        self._fetched += 1
        self._tell()

    def judged(self, judgement: Judgement) -> None:
        self._judged += 1
        self._tell()

    def _tell(self) -> None:
        self._line.show(self._requests, self._fetched, self._judged, of=self._run)
