"""The Parquet dataset: a folder a day, a file a run, written whole or not at all."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from homeperf_ray.timings.operation import Operation

FOLDER = "date={day}"


def encode(rows: Sequence[Operation]) -> bytes:
    """A run's operations as a finished Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from homeperf_ray.timings.schema import SCHEMA, column

    table = pa.Table.from_arrays(
        [column(name, [getattr(row, name) for row in rows]) for name in SCHEMA.names], schema=SCHEMA
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def store(directory: Path, data: bytes, *, run: str, started: float) -> Path:
    """Write one run's file into the folder of its day (UTC) and return its path.

    ``started`` is Unix time in seconds. Raises OSError where the file cannot be written; nothing is left of it then.
    """
    folder = directory / FOLDER.format(day=datetime.fromtimestamp(started, UTC).date().isoformat())
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", run)
    return write_whole(folder / f"run-{name}.parquet", data)


def write_whole(path: Path, data: bytes) -> Path:
    """Write a file under a temporary name that readers pass over, then rename it."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return path
