"""``--watch``: the same check again and again, of which only what changed is drawn anew."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import NoReturn, Self, TextIO

from homeperf_ray.render.width import cells, cut

INTERVAL = 10.0
"""Seconds from the start of one round to the start of the next, unless the user says otherwise."""

SHORTEST = 1.0
LONGEST = 86_400.0

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
_STYLE = re.compile(r"(\x1b\[[0-9;]*m)")
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"


class Screen:
    """The terminal's second screen. Lines longer than it is wide are clipped, not wrapped."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._shown: list[str] = []
        self._size = (0, 0)

    def __enter__(self) -> Self:
        self._out.write(_ENTER)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._out.write(_LEAVE)
        self._out.flush()

    def show(self, lines: Sequence[str]) -> None:
        """Draw the lines that differ from those that are there, as many as the terminal is high."""
        size = shutil.get_terminal_size((120, 24))
        if size != self._size:
            self._shown, self._size = [], (size.columns, size.lines)
            self._out.write("\x1b[2J")
        visible = [_clipped(line, size.columns) for line in _fitted(lines, size.lines)]
        for number, line in enumerate(visible):
            if number >= len(self._shown) or self._shown[number] != line:
                self._out.write(f"\x1b[{number + 1};1H{line}\x1b[0m\x1b[K")
        if len(visible) < len(self._shown):
            self._out.write(f"\x1b[{len(visible) + 1};1H\x1b[J")
        self._shown = visible
        self._out.flush()


def watch(one_round: Callable[[], tuple[list[str], bool]], interval: float, *, machine: bool) -> None:
    """Show a round every ``interval`` seconds until the user interrupts.

    ``one_round`` gives the lines, and whether anything changed since the round before. On a terminal that is not dumb
    they are drawn over each other; elsewhere they are printed, all of them for a ``machine`` format, else those with a
    change.
    """
    out = sys.stdout
    try:
        if machine or not out.isatty() or os.environ.get("TERM") == "dumb":
            _repeat(lambda: _printed(out, one_round(), every=machine), interval)
        else:
            _give_back_on("SIGTERM", "SIGHUP")
            with Screen(out) as screen:
                _repeat(lambda: screen.show(one_round()[0]), interval)
    except KeyboardInterrupt:
        return


def _give_back_on(*names: str) -> None:
    """End as by an exit where one of these signals comes, but for those that the caller ignores (``nohup``)."""
    for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _ended)


def _ended(number: int, frame: FrameType | None) -> NoReturn:
    """Give the terminal back where a signal ends the watch."""
    raise SystemExit(128 + number)


def _repeat(act: Callable[[], None], interval: float) -> None:
    while True:
        began = time.monotonic()
        act()
        time.sleep(max(began + interval - time.monotonic(), 0.0))


def _printed(out: TextIO, found: tuple[list[str], bool], *, every: bool) -> None:
    lines, changed = found
    if every or changed:
        out.write("".join(f"{line}\n" for line in lines))
        out.flush()


def _fitted(lines: Sequence[str], height: int) -> list[str]:
    if len(lines) <= height:
        return list(lines)
    hidden = len(lines) - height + 1
    return [*lines[: height - 1], f"… {hidden} more lines: see them without --watch"]


def _clipped(line: str, width: int) -> str:
    """As much of a line as fits, its colours aside: a terminal would write all the rest into its last column."""
    clipped, left = "", width
    for number, piece in enumerate(_STYLE.split(line)):
        if number % 2 == 0:
            if cells(piece) > left:
                return clipped + cut(piece, left)
            left -= cells(piece)
        clipped += piece
    return clipped
