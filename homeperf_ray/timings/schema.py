"""The columns of the timings dataset, and their version."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

VERSION = 3
"""Of the columns: it grows when a column is added. Columns are never renamed and never change their type."""

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("kind", pa.string()),
        ("started", pa.timestamp("us", tz="UTC")),
        ("node", pa.string()),
        ("worker", pa.string()),
        ("pid", pa.int32()),
        ("context", pa.string()),
        ("resource", pa.string()),
        ("namespace", pa.string()),
        ("page", pa.int32()),
        ("queue", pa.float64()),
        ("permit", pa.float64()),
        ("connect", pa.float64()),
        ("first_byte", pa.float64()),
        ("transfer", pa.float64()),
        ("decode", pa.float64()),
        ("evaluate", pa.float64()),
        ("total", pa.float64()),
        ("bytes", pa.int64()),
        ("items", pa.int64()),
        ("cache", pa.string()),
        ("sent", pa.int32()),
        ("retries", pa.int32()),
        ("throttled", pa.int32()),
        ("status", pa.int32()),
        ("error", pa.string()),
        ("age", pa.float64()),
        ("rate", pa.float64()),
        ("slowed", pa.string()),
        ("vantage", pa.string()),
        ("dns", pa.float64()),
        ("tls", pa.float64()),
    ],
    metadata={"homeperf.schema": str(VERSION)},
)


def column(name: str, values: list[Any]) -> pa.Array:
    """One column of values as ``Operation`` holds them; ``started`` is Unix time in seconds."""
    kind = SCHEMA.field(name).type
    if pa.types.is_timestamp(kind):
        return pa.array([round(value * 1e6) for value in values], pa.int64()).cast(kind)
    return pa.array(values, kind)
