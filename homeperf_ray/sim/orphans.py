"""Children of a command that outlive it: adopted, and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path

_SET_CHILD_SUBREAPER = 36

GRACE = 2.0
"""Seconds between the request to end and the end."""


def adopt() -> set[int]:
    """Become the parent of every descendant whose own parent ends, on Linux; the children that are there already."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return _children()


def end(but: Collection[int]) -> None:
    """End every child of this process except some: by SIGTERM, and by SIGKILL what has not ended after ``GRACE``."""
    deadline = time.monotonic() + GRACE
    asked: set[int] = set()
    while found := _children() - set(but):
        late = time.monotonic() > deadline
        for pid in found if late else found - asked:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
        asked |= found
        for pid in found:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.01)


def _children() -> set[int]:
    """The children of this process, by what /proc says; none where there is no /proc."""
    mine, found = str(os.getpid()), set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1] == mine:
                found.add(int(entry.parent.name))
    return found
