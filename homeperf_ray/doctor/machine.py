"""This machine: the installation, the disk, and what a runtime would need."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from homeperf_ray import __version__
from homeperf_ray.doctor.diagnosis import Diagnosis

PACKAGES = ("aiohttp", "msgspec", "pyarrow", "cryptography", "ray")
"""Libraries whose versions are worth knowing in a report of a defect."""

LITTLE_DISK = 200e6
"""Bytes free below which a year's timings may not find room."""

RUNTIME_MEMORY = 750e6
"""Bytes that an idle runtime with one worker may take (PSS over all its processes)."""

FEW_FILES = 512
"""Open files that many connections to several servers may come near to."""


def machine(folders: Mapping[str, Path]) -> Iterator[Diagnosis]:
    """What is on this machine. ``folders`` are those that homeperf writes to, by what is kept there."""
    yield _installation()
    yield from (_folder(what, path) for what, path in folders.items())
    yield from _open_files()
    yield from _memory()
    yield _kubectl()


def _installation() -> Diagnosis:
    found, lacking = [], []
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            lacking.append(package)
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if lacking:
        message = f"homeperf {__version__}, {python}, lacks {', '.join(lacking)}"
        return Diagnosis("installation", "error", message, "pip install --upgrade homeperf-ray")
    return Diagnosis("installation", "ok", f"homeperf {__version__}, {python}, {', '.join(found)}")


def _folder(what: str, path: Path) -> Diagnosis:
    """Whether a folder can be written to, or made, and how much room it has."""
    nearest = next(place for place in (path, *path.parents) if place.exists())
    if not nearest.is_dir():
        return Diagnosis(what, "warning", f"{nearest} is not a folder", f"Move it away: {path} is to be made there.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        hint = f"ls -ld {nearest}, and make it yours; or name another folder in the configuration."
        return Diagnosis(what, "warning", f"{path} cannot be written to", hint)
    free = shutil.disk_usage(nearest).free
    if free < LITTLE_DISK:
        return Diagnosis(what, "warning", f"{path} has {_size(free)} left", "Make room, or lower --timings-keep.")
    return Diagnosis(what, "ok", f"{path} ({_size(free)} free)")


def _open_files() -> Iterator[Diagnosis]:
    try:
        import resource
    except ImportError:
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FEW_FILES:
        yield Diagnosis("open files", "warning", f"a process may open only {soft} files", "ulimit -n 4096")


def _memory() -> Iterator[Diagnosis]:
    available = _available()
    if available is not None and available < RUNTIME_MEMORY:
        message = f"{_size(available)} of memory are available; an idle runtime takes up to {_size(RUNTIME_MEMORY)}"
        yield Diagnosis("memory", "note", message, "Check without one: --runner local.")


def _available() -> float | None:
    """Bytes of memory that Linux would give; None on other systems."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024.0 for line in lines if line.startswith("MemAvailable:")), None)


def _kubectl() -> Diagnosis:
    found = shutil.which("kubectl")
    if found:
        return Diagnosis("kubectl", "ok", f"{found}; homeperf does not need it, its hints name it")
    return Diagnosis("kubectl", "note", "there is none; homeperf does without, but its hints name kubectl commands")


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
