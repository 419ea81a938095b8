"""Values in Thrift's compact protocol, in which Parquet writes what it says about itself.

Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Encoded(NamedTuple):
    """A value: the number of its type, and its bytes."""

    type: int
    data: bytes


TRUE = Encoded(1, b"")
"""A field that is true: its type says it."""


def i32(value: int) -> Encoded:
    return Encoded(5, _zigzag(value))


def i64(value: int) -> Encoded:
    return Encoded(6, _zigzag(value))


def binary(value: bytes) -> Encoded:
    return Encoded(8, varint(len(value)) + value)


def sequence(values: Sequence[Encoded]) -> Encoded:
    """A list, whose values are of one type; it is not empty."""
    kind, size = values[0].type, len(values)
    head = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + varint(size)
    return Encoded(9, head + b"".join(value.data for value in values))


def struct(fields: Mapping[int, Encoded]) -> Encoded:
    """A struct by the numbers of its fields, which ascend by at most 15."""
    out, before = bytearray(), 0
    for number, value in fields.items():
        out.append((number - before) << 4 | value.type)
        out += value.data
        before = number
    return Encoded(12, bytes(out) + b"\0")


def varint(value: int) -> bytes:
    """An integer from 0 on, seven bits a byte, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _zigzag(value: int) -> bytes:
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)
