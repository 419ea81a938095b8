"""Reading the dataset back: one table, and the files that were left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from homeperf_ray.timings.files import LeftOut, days, files_of

if TYPE_CHECKING:
    import pyarrow as pa


class Readings(NamedTuple):
    """``table`` has the columns of ``schema.SCHEMA``; those that an older version did not write are null."""

    table: pa.Table
    left_out: tuple[LeftOut, ...]


def read(directory: Path) -> Readings:
    """Every row of a dataset, each once. A broken or foreign file is named and left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from homeperf_ray.timings.schema import SCHEMA

    tables: list[pa.Table] = [SCHEMA.empty_table()]
    left_out: list[LeftOut] = []
    for day, folder in days(directory):
        found = files_of(day, folder)
        left_out += found.left_out
        for path in found.current:
            try:
                tables.append(conform(pq.read_table(path, partitioning=None)))
            except (OSError, ValueError) as error:
                left_out.append(LeftOut(path, f"cannot be read ({type(error).__name__})"))
    return Readings(pa.concat_tables(tables), tuple(left_out))


def conform(table: pa.Table) -> pa.Table:
    """The table with this version's columns: those it has not are null, those it has beyond them are left out.

    Raises ValueError for a column of another type.
    """
    import pyarrow as pa

    from homeperf_ray.timings.schema import SCHEMA

    columns = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in SCHEMA
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)
