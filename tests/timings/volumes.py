"""Histories of volumes to be written and read."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from homeperf_ray.timings.dataset import store
from homeperf_ray.timings.volume_history import FOLDER, encode
from homeperf_ray.timings.volume_use import VolumeUse

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC).timestamp()
HOUR, DAY = 3_600.0, 86_400.0
GIB = 2**30

MEASURED = -20.0
"""Stands for twenty seconds before it is recorded."""


def use(claim: str = "data", *, at: float | None = None, **fields) -> VolumeUse:
    given = {
        "taken": MEASURED if at is None else at - 20,
        "namespace": "media",
        "claim": claim,
        "volume": f"pvc-{claim}",
        "storage_class": "ceph-block",
        "node": "node-1",
        "capacity": 100 * GIB,
        "used": 40 * GIB,
        "inodes": 1_000_000,
        "inodes_used": 1_000,
    } | fields
    given.setdefault("available", max(given["capacity"] - given["used"], 0))
    return VolumeUse(**given)


def record(
    folder: Path, uses: Iterable[VolumeUse], *, at: float = NOON, server: str = "s1", context: str = "home"
) -> Path:
    uses = list(uses)
    names = zlib.crc32("".join(one.namespace + one.claim for one in uses).encode())
    run = f"{round(at * 1000):x}-{server}-{names:x}"
    uses = [msgspec.structs.replace(one, taken=at - 20) if one.taken == MEASURED else one for one in uses]
    data = encode(uses, run=run, recorded=at, server=server, context=context)
    return store(folder / FOLDER, data, run=run, started=at)


def grow(
    folder: Path,
    used: Callable[[float], int],
    *,
    days: float = 10.0,
    every: float = 2 * HOUR,
    until: float = NOON,
    claim: str = "data",
    server: str = "s1",
    context: str = "home",
    **fields,
) -> None:
    """A row every so often; ``used`` is told the days since the beginning."""
    for number in range(int(days * DAY / every) + 1):
        at = until - days * DAY + number * every
        record(
            folder,
            [use(claim, at=at, used=used(number * every / DAY), **fields)],
            at=at,
            server=server,
            context=context,
        )
