"""Volumes and how full they are, worst first: a table for people, plain values for scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from homeperf_ray.checks.sizes import size
from homeperf_ray.executor.report import Report
from homeperf_ray.render.escape import safe
from homeperf_ray.timings.volume_use import VolumeUse

HEAD = ("USED", "INODES", "LEFT", "SIZE", "NAMESPACE", "CLAIM", "CLASS", "NODE", "AGE")


def rows(report: Report) -> Iterator[tuple[str, ...]]:
    """The cells of each volume of a report; ``AGE`` is since its kubelet measured it."""
    ended = report.started + report.duration
    for use in report.volumes:
        names = (use.namespace, use.claim, use.storage_class or "-", use.node or "-")
        yield (
            _percent(used_share(use)),
            _percent(inode_share(use)),
            size(use.available) if use.used + use.available else "-",
            size(use.capacity),
            *map(safe, names),
            _age(ended - use.taken),
        )


def plain(report: Report, moment: Callable[[float], str]) -> Iterator[dict[str, Any]]:
    """Each volume as a script reads it; ``moment`` writes a time. Shares are percent, null where nothing is counted."""
    for use in report.volumes:
        values = msgspec.to_builtins(use)
        shares = {"used_percent": _rounded(used_share(use)), "inodes_percent": _rounded(inode_share(use))}
        yield {**values, **shares, "taken": moment(use.taken), "context": report.context}


def used_share(use: VolumeUse) -> float | None:
    """The share that ``df`` shows, in percent: of what can be used at all. None where nothing was measured."""
    whole = use.used + use.available
    return 100 * use.used / whole if whole else None


def inode_share(use: VolumeUse) -> float | None:
    """The share of inodes that are used, in percent; None where there are none to count."""
    return 100 * use.inodes_used / use.inodes if use.inodes else None


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0f}%"


def _age(seconds: float) -> str:
    return (
        f"{max(seconds, 0.0):.0f}s"
        if seconds < 120
        else f"{seconds / 60:.0f}m"
        if seconds < 7_200
        else f"{seconds / 3_600:.0f}h"
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 1)
