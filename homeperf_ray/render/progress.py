"""One line of progress on a terminal; nothing anywhere else."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from homeperf_ray.checks.finding import Judgement
from homeperf_ray.executor.processor import Processor

_PATIENCE = 0.3
"""Seconds before the line is shown at all: what is faster needs no progress."""


class ProgressLine(Processor):
    """Rewrites one line on stderr while a run works, and wipes it at the end; ``wanted`` False never shows it."""

    def __init__(self, wanted: bool = True) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._started = time.monotonic()
        self._shown = False
        self._requests = self._fetched = self._judged = 0
        self._told: dict[str, tuple[int, int, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def planned(self, requests: int, batches: int) -> None:
        self._requests = requests
        self._draw()

    def fetched(self) -> None:
        self._fetched += 1
        self._draw()

    def judged(self, judgement: Judgement) -> None:
        self._judged += 1
        self._draw()

    def show(self, requests: int, fetched: int, judged: int, *, of: str) -> None:
        """Show counts that came from a runtime, added to those of other runs."""
        self._told[of] = (requests, fetched, judged)
        self._requests, self._fetched, self._judged = map(sum, zip(*self._told.values(), strict=True))
        self._draw()

    def _draw(self) -> None:
        if not self._wanted or time.monotonic() - self._started < _PATIENCE:
            return
        self._shown = True
        sys.stderr.write(f"\r\x1b[K{self._fetched} of {self._requests} read, {self._judged} checks judged")
        sys.stderr.flush()
