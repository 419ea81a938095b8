"""Columns of tables as the API server prints them, and what many cells have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeperf_ray.sim.ages import since

Object = dict[str, Any]
Cells = Callable[[Object, datetime], list[Any]]
_TYPES = {"#": "integer", "?": "boolean"}


@dataclass(frozen=True)
class Column:
    """A column; ``priority`` 1 is for wide output only. Servers of the minor versions ``first`` to ``last`` have it."""

    name: str
    type: str = "string"
    priority: int = 0
    first: int = 0
    last: int = 99

    @property
    def format(self) -> str:
        """``name`` for what names an object, as genuine servers mark it."""
        return "name" if self.name in {"Attacher", "Name"} else ""


@dataclass(frozen=True)
class Printer:
    """Columns, and how to fill them. ``named`` ones have the name before these."""

    columns: tuple[Column, ...]
    cells: Cells
    named: bool = True

    def at(self, minor: int) -> Printer:
        """With the columns of one version only."""
        shown = [position for position, one in enumerate(self.columns) if one.first <= minor <= one.last]
        if len(shown) == len(self.columns):
            return self

        def cells(item: Object, now: datetime) -> list[Any]:
            every = self.cells(item, now)
            return [every[position] for position in shown]

        return Printer(tuple(self.columns[position] for position in shown), cells, self.named)


def columns(text: str) -> tuple[Column, ...]:
    """``#Desired ?Attached Last_Seen +Source Shares@26-33``: integer, boolean, ``_`` for a space, wide, versions."""
    return tuple(_column(word) for word in text.split())


def _column(word: str) -> Column:
    name, _, versions = word.partition("@")
    first, _, last = versions.partition("-")
    bare = name.lstrip("+")
    return Column(
        bare.lstrip("#?").replace("_", " "),
        _TYPES.get(bare[0], "string"),
        int(name.startswith("+")),
        int(first or 0),
        int(last or 99),
    )


def age(item: Object, now: datetime) -> str:
    return since(item["metadata"].get("creationTimestamp"), now)


def labels_of(labels: dict[str, str] | None) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or "<none>"
