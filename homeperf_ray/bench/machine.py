"""The machine that something was measured on, and the commit that was measured."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import msgspec

from homeperf_ray import __version__


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """``memory_bytes`` is what is built in. Times of machines that differ in any of this cannot be compared as such."""

    cores: int
    memory_bytes: int
    processor: str
    python: str

    @classmethod
    def here(cls) -> Machine:
        """This one."""
        return cls(
            cores=os.cpu_count() or 0,
            memory_bytes=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
            processor=_processor(),
            python=platform.python_version(),
        )


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured: homeperf's version, and the commit of its checkout (empty outside of one)."""

    homeperf: str
    commit: str

    @classmethod
    def here(cls) -> Source:
        """What runs now."""
        return cls(homeperf=__version__, commit=_commit())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _commit() -> str:
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip()
