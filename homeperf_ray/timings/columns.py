"""The columns of the timings dataset, and their version, without pyarrow."""

from __future__ import annotations

from typing import Literal

Kind = Literal["string", "timestamp", "int32", "int64", "double"]

VERSION = 3
"""Of the columns: it grows when a column is added. Columns are never renamed and never change their type."""

VERSION_KEY = "homeperf.schema"
"""Of a file's metadata."""

COLUMNS: dict[str, Kind] = {
    "run": "string",
    "kind": "string",
    "started": "timestamp",
    "node": "string",
    "worker": "string",
    "pid": "int32",
    "context": "string",
    "resource": "string",
    "namespace": "string",
    "page": "int32",
    "queue": "double",
    "permit": "double",
    "connect": "double",
    "first_byte": "double",
    "transfer": "double",
    "decode": "double",
    "evaluate": "double",
    "total": "double",
    "bytes": "int64",
    "items": "int64",
    "cache": "string",
    "sent": "int32",
    "retries": "int32",
    "throttled": "int32",
    "status": "int32",
    "error": "string",
    "age": "double",
    "rate": "double",
    "slowed": "string",
    "vantage": "string",
    "dns": "double",
    "tls": "double",
}
"""Name and type of each; ``timestamp`` is in microseconds, UTC."""
