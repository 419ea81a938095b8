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

MIDDLE = 3 * 3_600_000_000
"""Of so long a stretch, in the microseconds of the columns, one reading is looked at."""


def middles(table: pa.Table) -> pa.Table:
    """The row in the middle by ``used`` of every ``MIDDLE`` of each history: what is kept of a day that is over."""
    return table.take(middle_readings(readings(table))["row"])


def readings(table: pa.Table) -> pa.Table:
    """The numbers of a table in the order in which they were recorded, each measurement once.

    ``history`` is equal for rows of one history, ``row`` is the place in the table, ``at`` is in microseconds.
    """
    numbers = pa.table(
        {
            "history": _histories(table),
            "at": table["recorded"].cast(pa.int64()),
            "taken": table["taken"].cast(pa.int64()),
            "used": table["used"],
            "inodes_used": pc.fill_null(table["inodes_used"], 0),
            "capacity": table["capacity"],
            "row": pa.array(range(table.num_rows), pa.int64()),
        }
    ).sort_by("at")
    numbers = numbers.append_column("place", pa.array(range(table.num_rows), pa.int64()))
    firsts = numbers.group_by(["history", "taken"]).aggregate([("place", "min")])["place_min"]
    return numbers if len(firsts) == len(numbers) else numbers.take(firsts.take(pc.sort_indices(firsts)))


def middle_readings(numbers: pa.Table) -> pa.Table:
    """Of what ``readings`` gives, the rows in the middle by ``used`` of every ``MIDDLE``, by history and time."""
    stretched = pa.table(
        {
            "history": numbers["history"],
            "stretch": pc.divide(numbers["at"], MIDDLE),
            "used": numbers["used"],
            "place": pa.array(range(numbers.num_rows), pa.int64()),
        }
    ).sort_by([("history", "ascending"), ("stretch", "ascending"), ("used", "ascending")])
    groups = stretched.group_by(["history", "stretch"]).aggregate([("place", "count")])
    counts = groups.sort_by([("history", "ascending"), ("stretch", "ascending")])["place_count"].combine_chunks()
    middle = pc.add(pc.subtract(pc.cumulative_sum(counts), counts), pc.divide(pc.subtract(counts, 1), 2))
    return numbers.take(stretched["place"].take(middle))


def last_readings(numbers: pa.Table) -> pa.Table:
    """Of what ``readings`` gives, the last row of each history."""
    last = numbers.append_column("order", pa.array(range(numbers.num_rows), pa.int64()))
    return numbers.take(last.group_by(["history"]).aggregate([("order", "max")])["order_max"])


def _histories(table: pa.Table) -> pa.Array:
    """A number for each row: equal for rows of one history."""
    parts = [pc.fill_null(table[name], "") for name in IDENTITY]
    names = pc.binary_join_element_wise(*parts, "\x00")
    return pc.dictionary_encode(names.combine_chunks()).indices
