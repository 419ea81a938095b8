"""Operations as a Parquet file, without pyarrow: importing that takes longer than a validation does.

One row group, one plain page a column, nothing compressed: compaction, which has pyarrow, sees to that.
Source: https://github.com/apache/parquet-format
"""

from __future__ import annotations

import struct as pack
from collections.abc import Sequence
from typing import Any

from homeperf_ray.timings.columns import COLUMNS, VERSION, VERSION_KEY, Kind
from homeperf_ray.timings.operation import Operation
from homeperf_ray.timings.thrift import TRUE, Encoded, binary, i32, i64, sequence, struct, varint

_MAGIC = b"PAR1"
_PHYSICAL: dict[Kind, int] = {"int32": 1, "int64": 2, "timestamp": 2, "double": 5, "string": 6}
_LETTER: dict[Kind, str] = {"int32": "i", "int64": "q", "timestamp": "q", "double": "d"}
_LOGICAL: dict[Kind, dict[int, Encoded]] = {
    "string": {6: i32(0), 10: struct({1: struct({})})},
    "timestamp": {6: i32(10), 10: struct({8: struct({1: TRUE, 2: struct({2: struct({})})})})},
}
"""The converted and the logical type: UTF-8; microseconds, UTC."""

_OPTIONAL, _PLAIN, _RLE, _DATA_PAGE, _UNCOMPRESSED = 1, 0, 3, 0, 0


def encode_plainly(rows: Sequence[Operation]) -> bytes:
    """A run's operations, one or more, as a finished Parquet file that reads as the one of ``dataset.encode`` does."""
    out = bytearray(_MAGIC)
    chunks: list[Encoded] = []
    for name, kind in COLUMNS.items():
        offset, page = len(out), _page(kind, [getattr(row, name) for row in rows])
        out += page
        chunks.append(_chunk(name, kind, offset, len(page), len(rows)))
    group = struct({1: sequence(chunks), 2: i64(len(out) - len(_MAGIC)), 3: i64(len(rows))})
    schema = [
        struct({4: binary(b"schema"), 5: i32(len(COLUMNS))}),
        *(
            struct({1: i32(_PHYSICAL[kind]), 3: i32(_OPTIONAL), 4: binary(name.encode()), **_LOGICAL.get(kind, {})})
            for name, kind in COLUMNS.items()
        ),
    ]
    version = struct({1: binary(VERSION_KEY.encode()), 2: binary(str(VERSION).encode())})
    footer = struct(
        {
            1: i32(1),
            2: sequence(schema),
            3: i64(len(rows)),
            4: sequence([group]),
            5: sequence([version]),
            6: binary(b"homeperf"),
        }
    )
    return bytes(out) + footer.data + pack.pack("<I", len(footer.data)) + _MAGIC


def _page(kind: Kind, values: list[Any]) -> bytes:
    """A page with its header: that every value is there, then the values."""
    levels = varint(len(values) << 1) + b"\1"
    body = pack.pack("<I", len(levels)) + levels + _written(kind, values)
    header = struct({1: i32(len(values)), 2: i32(_PLAIN), 3: i32(_RLE), 4: i32(_RLE)})
    return struct({1: i32(_DATA_PAGE), 2: i32(len(body)), 3: i32(len(body)), 5: header}).data + body


def _written(kind: Kind, values: list[Any]) -> bytes:
    if kind == "string":
        texts = [value.encode("utf-8", "replace") for value in values]
        return b"".join(pack.pack("<I", len(text)) + text for text in texts)
    if kind == "timestamp":
        values = [round(value * 1e6) for value in values]
    return pack.pack(f"<{len(values)}{_LETTER[kind]}", *values)


def _chunk(name: str, kind: Kind, offset: int, size: int, count: int) -> Encoded:
    return struct(
        {
            2: i64(offset),
            3: struct(
                {
                    1: i32(_PHYSICAL[kind]),
                    2: sequence([i32(_PLAIN), i32(_RLE)]),
                    3: sequence([binary(name.encode())]),
                    4: i32(_UNCOMPRESSED),
                    5: i64(count),
                    6: i64(size),
                    7: i64(size),
                    9: i64(offset),
                }
            ),
        }
    )
