"""What kinds of datasets there are: their columns, how their files are known, what is kept of a past day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeperf_ray.timings.columns import VERSION_KEY

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Layout:
    """One kind of dataset: folders of days with files of runs.

    ``mark`` is the key of a file's metadata that holds the version of the columns: by it a file of this kind is known.
    ``columns`` gives the schema, ``order`` is the column by which a merged file is sorted, ``past`` makes less of the
    rows of a day that is over.
    """

    mark: bytes
    columns: Callable[[], pa.Schema]
    order: str
    past: Callable[[pa.Table], pa.Table] = lambda table: table


def _operations() -> pa.Schema:
    from homeperf_ray.timings.schema import SCHEMA

    return SCHEMA


def _volumes() -> pa.Schema:
    from homeperf_ray.timings.volume_schema import SCHEMA

    return SCHEMA


def _middles(table: pa.Table) -> pa.Table:
    from homeperf_ray.timings.volume_schema import middles

    return middles(table)


OPERATIONS = Layout(VERSION_KEY.encode(), _operations, "started")
VOLUMES = Layout(b"homeperf.volumes", _volumes, "recorded", _middles)
