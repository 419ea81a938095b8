"""Compaction: a file a run becomes a few files a day, and days that are too old go.

A compacted file names the files that it has taken in. Whoever reads counts those no longer, so a crash between writing
it and removing them costs nothing: the next compaction removes them.
"""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import msgspec

from homeperf_ray.timings.dataset import write_whole
from homeperf_ray.timings.files import REPLACES, DayFiles, LeftOut, days, files_of
from homeperf_ray.timings.layout import OPERATIONS, Layout
from homeperf_ray.timings.reading import table_of

MANY = 64
"""Files of one day beyond which they are merged even while the day lasts."""


class Compacted(msgspec.Struct, frozen=True):
    """What was done: files merged into others, days removed, and files that were left alone, with the reason."""

    merged: int
    removed_days: int
    left_out: tuple[LeftOut, ...]


def is_due(directory: Path, *, keep_days: int, today: date) -> bool:
    """Whether there is anything to compact; it only counts names, so that asking costs next to nothing."""
    for day, folder in days(directory):
        if day < today - timedelta(days=keep_days):
            return True
        count = sum(1 for _ in folder.glob("run-*"))
        if count > (MANY if day >= today else 1):
            return True
    return False


def compact(directory: Path, *, keep_days: int, today: date, layout: Layout = OPERATIONS) -> Compacted:
    """Merge the files of each past day (of today where they are many) and remove days older than ``keep_days``.

    Does nothing where another process compacts already. Raises OSError where the folder cannot be written.
    """
    with _alone(directory) as alone:
        if not alone:
            return Compacted(0, 0, ())
        merged = removed = 0
        left_out: list[LeftOut] = []
        for day, folder in days(directory):
            if day < today - timedelta(days=keep_days):
                shutil.rmtree(folder)
                removed += 1
                continue
            found = files_of(day, folder, layout)
            left_out += found.left_out
            for path in found.replaced:
                path.unlink(missing_ok=True)
            if len(found.current) > (MANY if day >= today else 1):
                done = _merge(found, layout, past=day < today)
                merged += done.merged
                left_out += done.left_out
        return Compacted(merged, removed, tuple(left_out))


def _merge(found: DayFiles, layout: Layout, *, past: bool) -> Compacted:
    import pyarrow as pa
    import pyarrow.parquet as pq

    read = [(path, table_of(path, layout)) for path in found.current]
    tables = {path: table for path, table in read if not isinstance(table, LeftOut)}
    left_out = tuple(table for _, table in read if isinstance(table, LeftOut))
    if len(tables) < 2:
        return Compacted(0, 0, left_out)
    whole = pa.concat_tables(tables.values())
    whole = (layout.past(whole) if past else whole).sort_by(layout.order)
    names = [path.name for path in tables]
    whole = whole.replace_schema_metadata({**layout.columns().metadata, REPLACES: msgspec.json.encode(names)})
    sink = io.BytesIO()
    pq.write_table(whole, sink, compression="zstd")
    write_whole(found.folder / f"day-{time.time_ns():x}.parquet", sink.getvalue())
    for path in tables:
        path.unlink(missing_ok=True)
    return Compacted(len(tables), 0, left_out)


@contextmanager
def _alone(directory: Path) -> Iterator[bool]:
    """Whether this process may compact: the lock is free."""
    lock = os.open(directory / ".lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)
