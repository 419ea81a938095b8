"""The columns of the volumes' history, their version, and how many rows become few."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

VERSION = 1
"""Of the columns: it grows when a column is added. Columns are never renamed and never change their type."""

_MOMENT = pa.timestamp("us", tz="UTC")

SCHEMA = pa.schema(
    [
        ("run", pa.string()),
        ("recorded", _MOMENT),
        ("taken", _MOMENT),
        ("server", pa.string()),
        ("context", pa.string()),
        ("namespace", pa.string()),
        ("claim", pa.string()),
        ("volume", pa.string()),
        ("storage_class", pa.string()),
        ("node", pa.string()),
        ("capacity", pa.int64()),
        ("used", pa.int64()),
        ("available", pa.int64()),
        ("inodes", pa.int64()),
        ("inodes_used", pa.int64()),
    ],
    metadata={"homeperf.volumes": str(VERSION)},
)

IDENTITY = ("server", "namespace", "claim", "volume")
"""Whose history a row belongs to. A claim that was made anew has another volume."""

HOUR = 3_600_000_000
"""In the microseconds of the columns."""

MIDDLE = 3 * HOUR
"""Of so long a stretch one reading is looked at."""


def hourly(table: pa.Table) -> pa.Table:
    """The last row of every hour of each history."""
    ordered = table.sort_by("recorded")
    return ordered.take(_ends(_numbered(ordered, HOUR), ["history", "stretch"]))


def latest(table: pa.Table) -> pa.Table:
    """The last row of each history, with its number in ``history`` and its microseconds in ``at``."""
    ordered = table.sort_by("recorded")
    numbered = _numbered(ordered, HOUR)
    whole = ordered.append_column("history", numbered["history"]).append_column("at", numbered["at"])
    return whole.take(_ends(numbered, ["history"]))


def middles(table: pa.Table) -> pa.Table:
    """The row in the middle by ``used`` of every ``MIDDLE`` of each history, in the order of history and time.

    ``history`` is a number, ``at`` is microseconds. Of rows that were measured at the same moment only the first
    is looked at.
    """
    ordered = table.sort_by("recorded")
    numbered = _numbered(ordered, MIDDLE)
    firsts = numbered.group_by(["history", "taken"]).aggregate([("row", "min")])["row_min"]
    numbered = numbered.take(firsts.take(pc.sort_indices(firsts)))
    numbered = numbered.sort_by([("history", "ascending"), ("stretch", "ascending"), ("used", "ascending")])
    groups = numbered.group_by(["history", "stretch"], use_threads=False).aggregate([("row", "count")])
    counts = groups["row_count"].combine_chunks()
    ends = pc.cumulative_sum(counts)
    middle = pc.add(pc.subtract(ends, counts), pc.divide(pc.subtract(counts, 1), 2))
    chosen = numbered.take(middle)
    rows = ordered.select(["used", "inodes_used", "capacity"]).take(chosen["row"])
    return pa.table(
        {
            "history": chosen["history"],
            "at": chosen["at"],
            "used": rows["used"],
            "inodes_used": pc.fill_null(rows["inodes_used"], 0),
            "capacity": rows["capacity"],
        }
    )


def _numbered(ordered: pa.Table, width: int) -> pa.Table:
    """For each row of a table: the number of its history, its stretch of time, its place and its moments."""
    at = ordered["recorded"].cast(pa.int64())
    return pa.table(
        {
            "history": _histories(ordered),
            "stretch": pc.divide(at, width),
            "at": at,
            "taken": ordered["taken"].cast(pa.int64()),
            "used": ordered["used"],
            "row": pa.array(range(ordered.num_rows), pa.int64()),
        }
    )


def _ends(numbered: pa.Table, by: list[str]) -> pa.ChunkedArray:
    """The last place of each group, ascending."""
    ends = numbered.group_by(by).aggregate([("row", "max")])["row_max"]
    return ends.take(pc.sort_indices(ends))


def _histories(table: pa.Table) -> pa.Array:
    """A number for each row: equal for rows of one history."""
    parts = [pc.fill_null(table[name], "") for name in IDENTITY]
    names = pc.binary_join_element_wise(*parts, "\x00")
    return pc.dictionary_encode(names.combine_chunks()).indices
