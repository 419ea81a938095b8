"""Changes: what a reflector tells of one resource, as values that travel between processes."""

from __future__ import annotations

from typing import Any

import msgspec

Key = tuple[str, str]
"""Namespace (empty where there is none) and name: what is unique within one resource."""


class Replaced(msgspec.Struct, frozen=True):
    """Everything anew: a ``pyarrow.Table`` of all objects, and the version at which they were so.

    ``took`` is how long it took to read, in seconds: a table is as old as the beginning of its list.
    """

    table: Any
    version: str
    took: float = 0.0


class Changed(msgspec.Struct, frozen=True):
    """What came or became different (a ``pyarrow.RecordBatch``, a row an object, None for none), and what is gone."""

    rows: Any
    deleted: tuple[Key, ...]
    version: str


class Connected(msgspec.Struct, frozen=True):
    """A watch goes on from ``version``: from now on every change is told."""

    version: str


class Bookmark(msgspec.Struct, frozen=True):
    """Nothing has changed up to ``version``."""

    version: str


class Down(msgspec.Struct, frozen=True):
    """No watch is open: what is known may be out of date. ``kind`` is an error's, ``resuming`` after a clean end,
    or ``unwatchable`` for what is listed every so often instead.
    """

    kind: str
    reason: str


Change = Replaced | Changed | Connected | Bookmark | Down
