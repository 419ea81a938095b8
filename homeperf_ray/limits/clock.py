"""The clock of budgets: the same for every process of this machine, and one that no correction of the time moves."""

from __future__ import annotations

import time
from pathlib import Path


def boottime() -> float:
    """Seconds since the machine was started, those of its sleep included; elsewhere than on Linux without those."""
    return _read()


def boot() -> str:
    """What tells this start of this machine from all others; the same word where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return "boot"


def _linux() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


_read = _linux if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic
