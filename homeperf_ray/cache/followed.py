"""FollowedTable: one table that follows its changes without being rebuilt for each of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.kube.changes import Changed

CHUNK_ROWS = 8_192
"""Rows of a base chunk: about as many are copied when one of them changes."""

SHARE = 10
"""The delta is merged into the base when it passes a tenth of that ..."""

LEAST_DELTA = 32
"""... and this many rows."""


RECENT = 64
"""Rows of the delta that lie apart; more are put in order."""


class Piece(NamedTuple):
    """Some rows, and what stands for them elsewhere: an object reference in a runtime."""

    table: pa.Table
    handle: Any


Shelf = Callable[[pa.Table], Piece]
"""Puts a table where it shall be kept, and gives it back as it lies there."""


def on_the_heap(table: pa.Table) -> Piece:
    """The shelf of one process: the table stands for itself."""
    return Piece(table, table)


@dataclass
class _Chunk:
    """Rows in the order of their keys. ``dead`` are those that are gone or newer elsewhere, until they are cut out."""

    piece: Piece
    first: str
    dead: set[int] = field(default_factory=set)

    def find(self, key: str) -> int | None:
        """The row of a key, by bisection."""
        table, low, high = self.piece.table, 0, self.piece.table.num_rows
        while low < high:
            middle = (low + high) // 2
            if key_at(table, middle) < key:
                low = middle + 1
            else:
                high = middle
        return low if low < table.num_rows and key_at(table, low) == key else None


class FollowedTable:
    """Base chunks in the order of their keys, a small delta of newer rows, and tombstones.

    The delta is a chunk of its own and a few rows that have come since that was put in order.

    A key is namespace and name; there is one row of each. A change costs a bisection in the base and a place in the
    delta; the next ``pieces`` copies the chunks that have lost rows, and no others. What ``pieces`` has given out is
    never changed.
    """

    def __init__(self, table: pa.Table, shelf: Shelf = on_the_heap, *, chunk_rows: int = CHUNK_ROWS) -> None:
        self._shelf = shelf
        self._chunk_rows = chunk_rows
        self._schema = table.schema
        self._chunks: list[_Chunk] = []
        self._delta: list[_Chunk] = []
        self._recent: dict[str, pa.RecordBatch] = {}
        self._recent_piece: Piece | None = None
        self.compactions = 0
        self._chunks = self._laid(table)

    @property
    def rows(self) -> int:
        return _living(self._chunks) + _living(self._delta) + len(self._recent)

    @property
    def nbytes(self) -> int:
        """Bytes of all rows as they lie, those that wait to be cut out included."""
        chunks = sum(chunk.piece.table.nbytes for chunk in (*self._chunks, *self._delta))
        piece = self._recent_piece
        return int(chunks + (piece.table.nbytes if piece else sum(row.nbytes for row in self._recent.values())))

    def apply(self, change: Changed) -> None:
        """Take changes in. Rows that are there are replaced, keys that are not there are not missed."""
        for namespace, name in change.deleted:
            self._bury(f"{namespace}/{name}")
        if change.rows is not None:
            for place, key in enumerate(_keys(change.rows)):
                self._bury(key)
                self._recent[key] = change.rows.slice(place, 1)
        self._recent_piece = None
        if _living(self._delta) + len(self._recent) > max(_living(self._chunks) // SHARE, LEAST_DELTA):
            self._chunks = self._laid(self.table())
            self._delta, self._recent, self._recent_piece = [], {}, None
            self.compactions += 1
        elif len(self._recent) > RECENT:
            recent = pa.Table.from_batches(self._recent.values(), self._schema)
            self._delta = _cut(self._delta, self._shelf)
            self._delta = self._laid(pa.concat_tables([*(chunk.piece.table for chunk in self._delta), recent]))
            self._recent = {}

    def pieces(self) -> tuple[Piece, ...]:
        """The table as it is now, in one piece or more; a piece that has not changed is the same one as before."""
        self._chunks = _cut(self._chunks, self._shelf)
        self._delta = _cut(self._delta, self._shelf)
        chunks = [*self._chunks, *self._delta]
        if self._recent_piece is None and (self._recent or not chunks):
            self._recent_piece = self._shelf(_whole(pa.Table.from_batches(self._recent.values(), self._schema)))
        more = (self._recent_piece,) if self._recent_piece else ()
        return (*(chunk.piece for chunk in chunks), *more)

    def table(self) -> pa.Table:
        """All rows, as one table."""
        return pa.concat_tables(piece.table for piece in self.pieces())

    def _bury(self, key: str) -> None:
        if self._recent.pop(key, None) is not None:
            return
        for chunks in (self._delta, self._chunks):
            place = bisect_right(chunks, key, key=lambda chunk: chunk.first) - 1
            if place >= 0 and (row := chunks[place].find(key)) is not None:
                chunks[place].dead.add(row)

    def _laid(self, table: pa.Table) -> list[_Chunk]:
        """Chunks of a table, sorted by key; of several rows of one key the last counts."""
        table = _sorted(_whole(table))
        starts = range(0, table.num_rows, self._chunk_rows)
        parts = [table.slice(start, self._chunk_rows) for start in starts]
        parts = [_copied(part) for part in parts] if len(parts) > 1 else parts
        return [_Chunk(self._shelf(part), key_at(part, 0)) for part in parts]


def _living(chunks: Sequence[_Chunk]) -> int:
    return sum(chunk.piece.table.num_rows - len(chunk.dead) for chunk in chunks)


def _cut(chunks: list[_Chunk], shelf: Shelf) -> list[_Chunk]:
    """Copy the chunks that hold dead rows without them; what has no rows left goes."""
    for chunk in chunks:
        if chunk.dead:
            chunk.piece = shelf(_without(chunk.piece.table, chunk.dead))
            chunk.dead = set()
    return [chunk for chunk in chunks if chunk.piece.table.num_rows]


def key_at(table: pa.Table, row: int) -> str:
    """The key of one row, as etcd orders objects: ``namespace/name``."""
    name = table.column("name")[row].as_py() or ""
    if "namespace" not in table.schema.names:
        return f"/{name}"
    return f"{table.column('namespace')[row].as_py() or ''}/{name}"


def _keys(rows: pa.RecordBatch) -> Iterable[str]:
    return [key_at(rows, place) for place in range(rows.num_rows)]


def _key_column(table: pa.Table) -> pa.Array:
    names = pc.fill_null(table.column("name"), "")
    if "namespace" not in table.schema.names:
        return pc.binary_join_element_wise("", names, "/")
    spaces = pc.fill_null(table.column("namespace").cast(pa.string()), "")
    return pc.binary_join_element_wise(spaces, names, "/")


def _sorted(table: pa.Table) -> pa.Table:
    """Rows in strictly ascending order of their keys, as a server almost always gives them."""
    if table.num_rows < 2:
        return table
    keys = _key_column(table)
    count = len(keys)
    if pc.all(pc.less(keys.slice(0, count - 1), keys.slice(1))).as_py():
        return table
    order = pc.sort_indices(
        pa.table({"key": keys, "row": pa.array(range(count))}), [("key", "ascending"), ("row", "ascending")]
    )
    keys = keys.take(order)
    last = pa.concat_arrays([*pc.not_equal(keys.slice(0, count - 1), keys.slice(1)).chunks, pa.array([True])])
    return _whole(table.take(order.filter(last)))


def _without(table: pa.Table, dead: set[int]) -> pa.Table:
    """A copy without some rows."""
    bits = bytearray(b"\xff" * (table.num_rows // 8 + 1))
    for row in dead:
        bits[row >> 3] &= ~(1 << (row & 7))
    mask = pa.Array.from_buffers(pa.bool_(), table.num_rows, [None, pa.py_buffer(bytes(bits))])
    return _whole(table.filter(mask))


def _whole(table: pa.Table) -> pa.Table:
    """The same rows in one batch, with one dictionary a column."""
    return table.unify_dictionaries().combine_chunks()


def _copied(part: pa.Table) -> pa.Table:
    """The rows of a slice, without the rest of what they were cut out of."""
    return _whole(part.take(pa.array(range(part.num_rows))))
