"""Masks over Arrow tables: which rows are worth a look. Null never counts as true."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from typing import TypeAlias, cast

import pyarrow as pa
import pyarrow.compute as pc

Mask: TypeAlias = pa.ChunkedArray
"""Booleans, one a row."""


def is_one_of(column: pa.ChunkedArray, values: Iterable[str]) -> Mask:
    """Whether a column of strings holds one of ``values``."""
    return pc.is_in(column, value_set=pa.array(list(values), pa.string()))


def is_not(column: pa.ChunkedArray, value: str) -> Mask:
    """Whether a column of strings holds anything else, or nothing."""
    return pc.invert(is_one_of(column, [value]))


def matches(column: pa.ChunkedArray, pattern: str) -> Mask:
    """Whether a regular expression (RE2) is found in a column of strings."""
    return pc.fill_null(pc.match_substring_regex(pc.cast(column, pa.string()), pattern), fill_value=False)


def any_matches(lists: pa.ChunkedArray, pattern: str) -> Mask:
    """Whether a regular expression (RE2) is found in any string of each list."""
    held = cast("pa.Array", lists.combine_chunks())
    hits = pc.list_parent_indices(held).filter(pc.match_substring_regex(pc.list_flatten(held), pattern))
    return pa.chunked_array([pc.is_in(pa.array(range(len(held)), pa.int64()), value_set=hits)])


def places(table: pa.Table, name: str = "name") -> pa.ChunkedArray:
    """The namespace and the name of each row in one string, to be looked up among those of another table."""
    namespaces = pc.fill_null(pc.cast(table["namespace"], pa.string()), "")
    return pc.binary_join_element_wise(namespaces, pc.fill_null(pc.cast(table[name], pa.string()), ""), "\n")


def before(column: pa.ChunkedArray, now: datetime, seconds: float) -> Mask:
    """Whether a time is more than ``seconds`` ago."""
    moment = pa.scalar(now - timedelta(seconds=seconds), pa.timestamp("us", tz="UTC"))
    return pc.fill_null(pc.less(column, moment), fill_value=False)


def less(column: pa.ChunkedArray, other: pa.ChunkedArray) -> Mask:
    """Whether a number is less than its neighbour."""
    return pc.fill_null(pc.less(column, other), fill_value=False)


def any_of(*masks: Mask) -> Mask:
    return reduce(pc.or_, masks)


def all_of(*masks: Mask) -> Mask:
    return reduce(pc.and_, masks)


def none_of(*masks: Mask) -> Mask:
    return pc.invert(any_of(*masks))
