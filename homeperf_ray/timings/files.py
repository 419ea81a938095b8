"""The dataset's files: which there are, which of them count, which are broken or foreign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from homeperf_ray.timings.layout import Layout

if TYPE_CHECKING:
    import pyarrow.parquet as pq

REPLACES = b"homeperf.replaces"
"""Metadata of a compacted file: the names of the files whose rows it holds, as JSON."""

_DAY = re.compile(r"date=(\d{4}-\d{2}-\d{2})")


class LeftOut(msgspec.Struct, frozen=True):
    """A file that is not read, and why."""

    path: Path
    reason: str


class DayFiles(msgspec.Struct, frozen=True):
    """One day's files. ``current`` hold its rows, each once; ``replaced`` are in a compacted file already."""

    day: date
    folder: Path
    current: tuple[Path, ...]
    replaced: tuple[Path, ...]
    left_out: tuple[LeftOut, ...]


def days(directory: Path) -> Iterator[tuple[date, Path]]:
    """The days of a dataset and their folders, oldest first."""
    if not directory.is_dir():
        return
    for folder in sorted(directory.iterdir()):
        found = _DAY.fullmatch(folder.name)
        if found and folder.is_dir():
            try:
                yield date.fromisoformat(found[1]), folder
            except ValueError:
                continue


def files_of(day: date, folder: Path, layout: Layout) -> DayFiles:
    """Look at every Parquet file of a day; one that is listed as replaced does not count any more."""
    good: list[Path] = []
    left_out: list[LeftOut] = []
    replaced: set[str] = set()
    for path in sorted(folder.glob("*.parquet")):
        if path.name.startswith((".", "_")):
            continue
        try:
            metadata = footer(path).schema_arrow.metadata or {}
        except (OSError, ValueError) as error:
            left_out.append(LeftOut(path, f"no Parquet file, or a broken one ({type(error).__name__})"))
            continue
        if layout.mark not in metadata:
            left_out.append(LeftOut(path, "not written by homeperf"))
            continue
        try:
            replaced |= set(msgspec.json.decode(metadata.get(REPLACES, b"[]"), type=list[str]))
        except msgspec.MsgspecError:
            left_out.append(LeftOut(path, "its metadata is broken"))
            continue
        good.append(path)
    return DayFiles(
        day,
        folder,
        tuple(path for path in good if path.name not in replaced),
        tuple(path for path in good if path.name in replaced),
        tuple(left_out),
    )


def footer(path: Path) -> pq.ParquetFile:
    """A file's metadata. Raises OSError or ValueError (as pyarrow does) for what is no Parquet file."""
    import pyarrow.parquet as pq

    with path.open("rb") as file:
        return pq.ParquetFile(file)
