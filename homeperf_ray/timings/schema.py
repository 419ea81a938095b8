"""The columns of the timings dataset as pyarrow knows them."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from homeperf_ray.timings.columns import COLUMNS, VERSION, VERSION_KEY

_TYPES = {
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "double": pa.float64(),
}

SCHEMA = pa.schema([(name, _TYPES[kind]) for name, kind in COLUMNS.items()], metadata={VERSION_KEY: str(VERSION)})


def column(name: str, values: list[Any]) -> pa.Array:
    """One column of values as ``Operation`` holds them; ``started`` is Unix time in seconds."""
    kind = SCHEMA.field(name).type
    if pa.types.is_timestamp(kind):
        return pa.array([round(value * 1e6) for value in values], pa.int64()).cast(kind)
    return pa.array(values, kind)
