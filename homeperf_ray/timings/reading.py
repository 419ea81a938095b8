"""Reading the dataset back: one table, and the files that were left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from homeperf_ray.timings.files import LeftOut, days, files_of
from homeperf_ray.timings.layout import OPERATIONS, Layout

if TYPE_CHECKING:
    import pyarrow as pa


class Readings(NamedTuple):
    """``table`` has the columns of the layout; those that an older version did not write are null."""

    table: pa.Table
    left_out: tuple[LeftOut, ...]


def read(directory: Path, layout: Layout = OPERATIONS, *, since: date = date.min) -> Readings:
    """Every row of a dataset from the folder of the day ``since`` on, each once.

    A broken or foreign file is named and left out.
    """
    import pyarrow as pa

    tables: list[pa.Table] = [layout.columns().empty_table()]
    left_out: list[LeftOut] = []
    for day, folder in days(directory):
        if day < since:
            continue
        found = files_of(day, folder, layout)
        left_out += found.left_out
        for path in found.current:
            table = table_of(path, layout)
            if isinstance(table, LeftOut):
                left_out.append(table)
            else:
                tables.append(table)
    return Readings(pa.concat_tables(tables), tuple(left_out))


def table_of(path: Path, layout: Layout) -> pa.Table | LeftOut:
    """One file's rows in this version's columns, or why there are none: a page that is broken shows only now."""
    import pyarrow.parquet as pq

    try:
        return conform(pq.read_table(path, partitioning=None), layout.columns())
    except (OSError, ValueError, NotImplementedError) as error:
        return LeftOut(path, f"cannot be read ({type(error).__name__})")


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with this version's columns: those it has not are null, those it has beyond them are left out.

    Raises ValueError or NotImplementedError (as pyarrow does) for a column of another type.
    """
    import pyarrow as pa

    columns = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)
