"""A followed table equals the objects that there are, whatever has changed in whatever order."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeperf_ray.cache.followed import LEAST_DELTA, FollowedTable, Piece
from homeperf_ray.kube.changes import Changed

SCHEMA = pa.schema(
    [("namespace", pa.dictionary(pa.int32(), pa.string())), ("name", pa.string()), ("hosts", pa.list_(pa.string()))]
)
Objects = dict[tuple[str, str], list[str]]


def table_of(objects: Objects) -> pa.Table:
    rows = [{"namespace": space, "name": name, "hosts": hosts} for (space, name), hosts in objects.items()]
    return pa.Table.from_pylist(rows, SCHEMA)


def changed(upserts: Objects | None = None, deleted=()) -> Changed:
    rows = table_of(upserts).combine_chunks().to_batches()[0] if upserts else None
    return Changed(rows, tuple(deleted), "1")


def held(followed: FollowedTable) -> Objects:
    rows = followed.table().to_pylist()
    found = {(row["namespace"], row["name"]): row["hosts"] for row in rows}
    assert len(found) == len(rows) == followed.rows, "one row of each key"
    return found


KEYS = st.tuples(st.sampled_from(["a", "a-b", "b", ""]), st.sampled_from([f"n{number}" for number in range(12)]))
VALUES = st.lists(st.sampled_from(["x", "y"]), max_size=2)
STEPS = st.lists(
    st.tuples(st.dictionaries(KEYS, VALUES, max_size=6), st.sets(KEYS, max_size=4), st.booleans()), max_size=30
)


@given(st.dictionaries(KEYS, VALUES, max_size=40), STEPS, st.integers(1, 9))
def test_it_equals_the_objects_after_any_changes(start: Objects, steps, chunk_rows: int):
    objects = dict(start)
    followed = FollowedTable(table_of(start), chunk_rows=chunk_rows)
    for upserts, deleted, look in steps:
        gone = {key for key in deleted if key not in upserts}
        followed.apply(changed(upserts, gone))
        objects = {key: value for key, value in (objects | upserts).items() if key not in gone}
        if look:
            assert held(followed) == objects
    assert held(followed) == objects


@given(st.lists(st.tuples(KEYS, VALUES), max_size=30))
def test_rows_in_any_order_are_taken_and_of_one_key_the_last_counts(rows):
    table = pa.Table.from_pylist(
        [{"namespace": space, "name": name, "hosts": hosts} for (space, name), hosts in rows], SCHEMA
    )
    assert held(FollowedTable(table, chunk_rows=4)) == dict(rows)


def numbered(count: int) -> Objects:
    return {("web", f"pod-{number:05d}"): [] for number in range(count)}


def test_one_event_copies_one_chunk_and_leaves_the_others_as_they_lie():
    put: list[int] = []

    def shelf(table: pa.Table) -> Piece:
        put.append(table.num_rows)
        return Piece(table, len(put))

    followed = FollowedTable(table_of(numbered(1_000)), shelf, chunk_rows=100)
    before = followed.pieces()
    put.clear()
    followed.apply(changed({("web", "pod-00250"): ["x"]}))
    after = followed.pieces()
    assert put == [99, 1]
    assert sum(piece in before for piece in after) == 9
    assert followed.pieces() == after


def test_what_was_given_out_never_changes():
    followed = FollowedTable(table_of(numbered(10)))
    [piece] = followed.pieces()
    followed.apply(changed({("web", "pod-00001"): ["x"]}, [("web", "pod-00002")]))
    followed.pieces()
    assert piece.table.num_rows == 10
    assert piece.table.column("hosts")[1].as_py() == []


def test_the_delta_is_merged_when_it_passes_a_tenth():
    followed = FollowedTable(table_of(numbered(1_000)))
    for number in range(100):
        followed.apply(changed({("web", f"new-{number}"): []}))
    assert followed.compactions == 0
    followed.apply(changed({("web", "new-100"): []}))
    assert followed.compactions == 1
    assert len(followed.pieces()) == 1
    assert followed.rows == 1_101


def test_a_small_table_is_not_merged_for_every_row():
    followed = FollowedTable(table_of({}))
    for number in range(LEAST_DELTA):
        followed.apply(changed({("", f"n{number}"): []}))
    assert followed.compactions == 0


def test_a_table_without_rows_has_its_columns():
    followed = FollowedTable(table_of({("a", "b"): []}))
    followed.apply(changed(deleted=[("a", "b")]))
    assert followed.table().schema == SCHEMA
    assert followed.table().num_rows == 0


@pytest.mark.parametrize("count", [1, 3_000])
def test_bytes_are_about_those_of_the_table(count):
    table = table_of(numbered(count))
    followed = FollowedTable(table, chunk_rows=1_000)
    followed.apply(changed({("web", "pod-00000"): ["x"]}))
    followed.pieces()
    assert 0.5 * table.nbytes < followed.nbytes < 2 * table.nbytes + 1_000


def test_objects_of_no_namespace_are_found_by_their_name():
    schema = pa.schema([("name", pa.string()), ("size", pa.int64())])
    rows = pa.Table.from_pylist([{"name": name, "size": 1} for name in ("b", "a", "c")], schema)
    followed = FollowedTable(rows)
    newer = pa.RecordBatch.from_pylist([{"name": "b", "size": 2}], schema)
    followed.apply(Changed(newer, (("", "c"),), "1"))
    assert {row["name"]: row["size"] for row in followed.table().to_pylist()} == {"a": 1, "b": 2}
