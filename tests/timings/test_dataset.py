from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homeperf_ray.timings import dataset
from homeperf_ray.timings.compaction import MANY, compact, is_due
from homeperf_ray.timings.dataset import encode, store
from homeperf_ray.timings.operation import Operation
from homeperf_ray.timings.reading import read
from homeperf_ray.timings.schema import SCHEMA

TODAY = date(2026, 5, 20)
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)


def operation(run: str, number: int = 0, **fields) -> Operation:
    return Operation(kind="list", started=NOON.timestamp() + number, run=run, resource="pods", **fields)


def save(folder: Path, run: str, *, days_ago: int = 0, rows: int = 3) -> Path:
    moment = (NOON - timedelta(days=days_ago)).timestamp()
    data = encode([Operation(kind="list", started=moment + number, run=run) for number in range(rows)])
    return store(folder, data, run=run, started=moment)


def rows_of(folder: Path) -> list[tuple[str, float]]:
    table = read(folder).table
    return sorted(zip(table["run"].to_pylist(), table["started"].to_pylist(), strict=True))


def test_what_is_written_is_read_back(tmp_path: Path):
    written = operation(
        "r", 1.25, namespace="\x1b[31m'; DROP TABLE", total=0.5, bytes=7, sent=2, retries=1, error="throttled"
    )
    store(tmp_path, encode([written]), run="r", started=written.started)
    [row] = read(tmp_path).table.to_pylist()
    assert row.pop("started") == datetime.fromtimestamp(written.started, UTC)
    assert row == {name: getattr(written, name) for name in row}
    assert set(row) | {"started"} == set(Operation.__struct_fields__) == set(SCHEMA.names)


def test_a_file_lies_in_the_folder_of_its_day_and_is_its_owners_alone(tmp_path: Path):
    path = save(tmp_path / "t", "r")
    assert path.parent.name == "date=2026-05-20"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_dataset_is_made_as_its_owners_alone(tmp_path: Path):
    path = save(tmp_path / "state" / "timings", "r")
    assert [folder.stat().st_mode & 0o777 for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]


def test_a_hostile_run_name_stays_in_the_folder(tmp_path: Path):
    path = store(tmp_path, encode([operation("r")]), run="../../etc/passwd\x00", started=NOON.timestamp())
    assert path.parent.parent == tmp_path


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(dataset.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(tmp_path, "r")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_past_day_becomes_one_file_with_the_same_rows(tmp_path: Path):
    for number in range(5):
        save(tmp_path, f"r{number}", days_ago=1)
    save(tmp_path, "today")
    before = rows_of(tmp_path)
    assert is_due(tmp_path, keep_days=90, today=TODAY)
    assert compact(tmp_path, keep_days=90, today=TODAY).merged == 5
    assert rows_of(tmp_path) == before
    assert len(list(tmp_path.rglob("*.parquet"))) == 2
    assert not is_due(tmp_path, keep_days=90, today=TODAY)


def test_today_is_merged_only_when_there_are_many(tmp_path: Path):
    for number in range(MANY + 1):
        save(tmp_path, f"r{number}", rows=1)
        if number == MANY - 1:
            assert not is_due(tmp_path, keep_days=90, today=TODAY)
    before = rows_of(tmp_path)
    compact(tmp_path, keep_days=90, today=TODAY)
    save(tmp_path, "later")
    assert len(rows_of(tmp_path)) == len(before) + 3
    assert len(list(tmp_path.rglob("*.parquet"))) == 2


def test_a_crash_before_the_parts_are_removed_counts_no_row_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for number in range(4):
        save(tmp_path, f"r{number}", days_ago=1)
    before = rows_of(tmp_path)
    with monkeypatch.context() as patch:

        def crash(_path: Path, *, missing_ok: bool = False) -> None:
            raise KeyboardInterrupt

        patch.setattr(Path, "unlink", crash)
        with pytest.raises(KeyboardInterrupt):
            compact(tmp_path, keep_days=90, today=TODAY)
    assert len(list(tmp_path.rglob("*.parquet"))) == 5
    assert rows_of(tmp_path) == before
    compact(tmp_path, keep_days=90, today=TODAY)
    assert len(list(tmp_path.rglob("*.parquet"))) == 1
    assert rows_of(tmp_path) == before


def test_days_that_are_too_old_go(tmp_path: Path):
    save(tmp_path, "old", days_ago=91)
    save(tmp_path, "kept", days_ago=90)
    assert compact(tmp_path, keep_days=90, today=TODAY).removed_days == 1
    assert {run for run, _ in rows_of(tmp_path)} == {"kept"}


def test_broken_and_foreign_files_are_named_and_left_alone(tmp_path: Path):
    good = save(tmp_path, "r", days_ago=1)
    save(tmp_path, "s", days_ago=1)
    broken = good.with_name("broken.parquet")
    broken.write_bytes(good.read_bytes()[:100])
    foreign = good.with_name("foreign.parquet")
    pq.write_table(pa.table({"run": [1]}), foreign)
    (good.parent / ".half.parquet.1.tmp").write_bytes(b"x")
    found = read(tmp_path)
    assert {left.path.name for left in found.left_out} == {"broken.parquet", "foreign.parquet"}
    assert len(found.table) == 6
    done = compact(tmp_path, keep_days=90, today=TODAY)
    assert {left.path.name for left in done.left_out} == {"broken.parquet", "foreign.parquet"}
    assert broken.exists()
    assert foreign.exists()
    assert len(read(tmp_path).table) == 6


def test_an_older_version_still_opens_with_nulls_for_what_it_lacked(tmp_path: Path):
    path = save(tmp_path, "new")
    old = pq.read_table(path, partitioning=None).drop_columns(["throttled", "cache"])
    pq.write_table(old, path.with_name("run-old.parquet"))
    table = read(tmp_path).table
    assert table.schema.names == SCHEMA.names
    assert table["throttled"].null_count == 3


def test_a_second_compactor_steps_back(tmp_path: Path):
    import fcntl

    save(tmp_path, "a", days_ago=1)
    save(tmp_path, "b", days_ago=1)
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert compact(tmp_path, keep_days=90, today=TODAY).merged == 0
    assert compact(tmp_path, keep_days=90, today=TODAY).merged == 2
