"""A Parquet file that is written without pyarrow is the file that pyarrow would have written."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeperf_ray.timings.compaction import compact
from homeperf_ray.timings.dataset import encode, store
from homeperf_ray.timings.operation import Operation
from homeperf_ray.timings.plain import encode_plainly
from homeperf_ray.timings.reading import read

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SECONDS = st.floats(0, 1e6, allow_nan=False)
OPERATIONS = st.builds(
    Operation,
    kind=TEXT,
    started=st.floats(0, 4e9),
    run=TEXT,
    resource=TEXT,
    error=TEXT,
    pid=st.integers(-(2**31), 2**31 - 1),
    bytes=st.integers(-(2**63), 2**63 - 1),
    total=SECONDS,
    age=SECONDS,
)


@given(st.lists(OPERATIONS, min_size=1, max_size=40))
def test_it_reads_as_the_file_of_pyarrow_does(rows: list[Operation]):
    ours, theirs = (pq.read_table(io.BytesIO(write(rows))) for write in (encode_plainly, encode))
    assert ours.schema.equals(theirs.schema, check_metadata=True)
    assert ours.equals(theirs)


def test_many_rows_and_compaction(tmp_path: Path):
    rows = [Operation(kind="judge", started=1_780_000_000.0 + n, run="r", total=n / 7) for n in range(20_000)]
    store(tmp_path, encode_plainly(rows), run="a", started=rows[0].started)
    store(tmp_path, encode(rows[:5]), run="b", started=rows[0].started)
    day = next(tmp_path.iterdir()).name.removeprefix("date=")
    from datetime import date, timedelta

    merged = compact(tmp_path, keep_days=90, today=date.fromisoformat(day) + timedelta(days=1))
    assert (merged.merged, merged.left_out) == (2, ())
    assert read(tmp_path).table.num_rows == 20_005


@pytest.mark.parametrize("tool", ["polars", "duckdb", "pandas"])
def test_other_readers_open_it(tool: str, tmp_path: Path):
    library = pytest.importorskip(tool)
    rows = [Operation(kind="load", started=1_780_000_000.5, run=f"ü{n}", total=n) for n in range(3)]
    path = store(tmp_path, encode_plainly(rows), run="a", started=rows[0].started)
    if tool == "duckdb":
        found = library.sql(f"SELECT run, total, epoch(started) FROM read_parquet('{path}') ORDER BY run").fetchall()
        assert found == [(f"ü{n}", float(n), 1_780_000_000.5) for n in range(3)]
        return
    frame = library.read_parquet(path)
    assert list(frame["run"]) == ["ü0", "ü1", "ü2"]
    assert list(frame["total"]) == [0.0, 1.0, 2.0]
    assert [moment.timestamp() for moment in frame["started"]] == [1_780_000_000.5] * 3
