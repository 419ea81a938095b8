"""Peak memory of a process and all of its children: PSS, so that shared pages count once."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

INTERVAL = 0.01
"""Seconds between two looks."""


def tree(root: int) -> list[int]:
    """A process and its descendants, as they are now."""
    found, fresh = [root], [root]
    while fresh:
        children = []
        for pid in fresh:
            for task in Path(f"/proc/{pid}/task").glob("*"):
                try:
                    children += [int(child) for child in (task / "children").read_text().split()]
                except OSError:
                    continue
        found += children
        fresh = children
    return found


def pss(pid: int) -> int:
    """The proportional set size of a process in bytes; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def peak_of(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command and return the highest sum of its tree's PSS, in bytes."""
    process = subprocess.Popen(
        command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    highest = 0
    while process.poll() is None:
        highest = max(highest, sum(pss(pid) for pid in tree(process.pid)))
        time.sleep(INTERVAL)
    return highest
