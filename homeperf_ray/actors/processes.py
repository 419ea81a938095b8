"""The processes of a runtime: found by what only they have, ended by their id."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

MARK = "HOMEPERF_RUNTIME"
"""Environment variable that every process of a runtime inherits; its value is the runtime's own."""


def processes_of(mark: str, temp: str) -> set[int]:
    """Ids of the processes that carry the runtime's mark or its temporary folder, and of their descendants.

    Ray overwrites the environment of its workers with their title, so those are found as descendants.
    """
    parents: dict[int, int] = {}
    own: set[int] = set()
    marked = f"{MARK}={mark}".encode()
    folder = os.fsencode(temp)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            stat = (entry / "stat").read_text()
            state, parent = stat.rpartition(")")[2].split()[:2]
            parents[int(entry.name)] = int(parent)
            environment = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if state != "Z" and (marked in environment or (folder and folder in command)):
            own.add(int(entry.name))
    grown = True
    while grown:
        children = {pid for pid, parent in parents.items() if parent in own and pid not in own}
        own |= children
        grown = bool(children)
    return own


def end(pids: Iterable[int], patience: float = 5.0) -> None:
    """Ask processes to end, wait ``patience`` seconds, then end those that are left."""
    waiting = _signalled(pids, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while waiting and time.monotonic() < deadline:
        time.sleep(0.05)
        waiting = {pid for pid in waiting if _lives(pid)}
    waiting = _signalled(waiting, signal.SIGKILL)
    while waiting and time.monotonic() < deadline + patience:
        time.sleep(0.02)
        waiting = {pid for pid in waiting if _lives(pid)}


def _signalled(pids: Iterable[int], number: signal.Signals) -> set[int]:
    reached = set()
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
        reached.add(pid)
    return reached


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
