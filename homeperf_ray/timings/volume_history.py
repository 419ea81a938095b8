"""The volumes' history: a dataset beside the timings, a row a claim and run, read back as a series a claim."""

from __future__ import annotations

import bisect
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from homeperf_ray.timings.files import LeftOut
from homeperf_ray.timings.layout import VOLUMES
from homeperf_ray.timings.reading import read
from homeperf_ray.timings.volume_use import VolumeUse

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "_volumes"
"""Below the folder of the timings; whoever reads all of that passes over names with an underscore."""

LATE = 86_400.0
"""Seconds by which the name of a day may differ from what its rows say."""

_MOST = 2**62


class History(msgspec.Struct, frozen=True, kw_only=True):
    """One volume's past. ``times`` are Unix times in seconds, ascending, of the machine that has recorded them.

    ``used`` (bytes), ``inodes_used`` and ``capacity`` have a value a time; ``latest`` is the last row of all.
    ``server`` is a digest that tells clusters apart, ``context`` what the cluster was called last.
    """

    server: str
    context: str
    latest: VolumeUse
    times: tuple[float, ...]
    used: tuple[int, ...]
    inodes_used: tuple[int, ...]
    capacity: tuple[int, ...]

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Whose history it is."""
        return self.server, self.latest.namespace, self.latest.claim, self.latest.volume


class Past(NamedTuple):
    """All histories, by their identity, and files that were left out."""

    histories: dict[tuple[str, str, str, str], History]
    left_out: tuple[LeftOut, ...]


def encode(uses: Iterable[VolumeUse], *, run: str, recorded: float, server: str, context: str) -> bytes:
    """One run's rows as a finished Parquet file; ``recorded`` is Unix time in seconds.

    What no volume can be (no size, a time that no calendar has) is left out, and so is one of which nothing is known
    but its size.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from homeperf_ray.timings.volume_schema import SCHEMA

    same: dict[str, Any] = {"run": run, "recorded": recorded, "server": server, "context": context}
    rows = [same | msgspec.structs.asdict(use) for use in uses if _sane(use)]
    columns = {name: [row[name] for row in rows] for name in SCHEMA.names}
    for name in ("recorded", "taken"):
        columns[name] = [round(value * 1e6) for value in columns[name]]
    arrays = [
        pa.array(columns[field.name], pa.int64()).cast(field.type)
        if pa.types.is_timestamp(field.type)
        else pa.array(columns[field.name], field.type)
        for field in SCHEMA
    ]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA), sink, compression="zstd")
    return sink.getvalue()


def past(
    directory: Path,
    *,
    since: float,
    until: float,
    servers: Sequence[str] | None = None,
    namespaces: Sequence[str] | None = None,
) -> Past:
    """The histories of a timings folder between two moments (Unix time, seconds), of some servers and namespaces.

    Of every three hours the reading in the middle is taken, so that a reading that is far off falls out. What was
    measured once and recorded twice counts once.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    first = datetime.fromtimestamp(max(since - LATE, 0.0), UTC).date()
    table, left_out = read(directory / FOLDER, VOLUMES, since=first)
    at = table["recorded"].cast(pa.int64())
    wanted = pc.and_(pc.greater_equal(at, round(since * 1e6)), pc.less_equal(at, round(until * 1e6)))
    wanted = pc.and_(wanted, pc.and_(pc.greater(table["capacity"], 0), pc.is_valid(table["used"])))
    for name, values in (("server", servers), ("namespace", namespaces)):
        if values is not None:
            wanted = pc.and_(wanted, pc.is_in(table[name], value_set=pa.array(values, pa.string())))
    return Past({one.identity: one for one in _series(table.filter(wanted))}, left_out)


def _series(table: pa.Table) -> Iterator[History]:
    from homeperf_ray.timings.volume_schema import last_readings, middle_readings, readings

    numbers = readings(table)
    last = last_readings(numbers)
    rows = dict(zip(last["history"].to_pylist(), table.take(last["row"]).to_pylist(), strict=True))
    points = middle_readings(numbers).select(["history", "at", "used", "inodes_used", "capacity"]).to_pydict()
    owners = points["history"]
    start = 0
    while start < len(owners):
        stop = bisect.bisect_right(owners, owners[start], start)
        row = rows[owners[start]]
        yield History(
            server=row["server"] or "",
            context=row["context"] or "",
            latest=_use(row),
            times=tuple(at / 1e6 for at in points["at"][start:stop]),
            used=tuple(points["used"][start:stop]),
            inodes_used=tuple(points["inodes_used"][start:stop]),
            capacity=tuple(points["capacity"][start:stop]),
        )
        start = stop


def _use(row: dict[str, Any]) -> VolumeUse:
    """A row as it was measured, but at the time of the machine that has recorded it."""
    values = {name: row[name] for name in VolumeUse.__struct_fields__ if row.get(name) is not None}
    return msgspec.convert(values | {"taken": row["recorded"].timestamp()}, VolumeUse)


def _sane(use: VolumeUse) -> bool:
    sizes = (use.capacity, use.used, use.available, use.inodes, use.inodes_used)
    return (
        math.isfinite(use.taken)
        and 0 <= use.taken < 2**40
        and use.capacity > 0
        and use.used + use.available > 0
        and all(0 <= size < _MOST for size in sizes)
    )


def oldest(directory: Path) -> date | None:
    """The first day of which there is a history."""
    from homeperf_ray.timings.files import days

    return next((day for day, _ in days(directory / FOLDER)), None)
