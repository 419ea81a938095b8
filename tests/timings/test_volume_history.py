"""The volumes' history: what is written is read back as a series a volume, whatever else lies in the folder."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from homeperf_ray.timings.compaction import compact, is_due
from homeperf_ray.timings.dataset import encode as encode_timings
from homeperf_ray.timings.dataset import store
from homeperf_ray.timings.layout import VOLUMES
from homeperf_ray.timings.operation import Operation
from homeperf_ray.timings.reading import read
from homeperf_ray.timings.volume_history import FOLDER, History, encode, past
from homeperf_ray.timings.volume_schema import SCHEMA
from tests.timings.volumes import DAY, GIB, HOUR, NOON, grow, record, use

TODAY = date(2026, 5, 20)


def read_past(folder: Path, *, days: float = 30.0, until: float = NOON + HOUR, **chosen) -> list[History]:
    return list(past(folder, since=until - days * DAY, until=until, **chosen).histories.values())


def test_what_is_written_is_read_back(tmp_path: Path):
    written = use("\x1b[31mclaim", at=NOON, used=7, available=3, inodes=9, inodes_used=4)
    record(tmp_path, [written])
    [found] = read_past(tmp_path)
    assert (found.server, found.context) == ("s1", "home")
    assert found.times == (NOON,)
    assert (found.used, found.inodes_used, found.capacity) == ((7,), (4,), (100 * GIB,))
    assert found.latest.taken == NOON
    assert [getattr(found.latest, name) for name in ("claim", "available", "node")] == ["\x1b[31mclaim", 3, "node-1"]


def test_each_volume_has_a_history_of_its_own(tmp_path: Path):
    record(tmp_path, [use("a"), use("b"), use("a", namespace="web")], at=NOON - DAY)
    record(tmp_path, [use("a", used=50 * GIB)], at=NOON)
    found = {one.identity: one for one in read_past(tmp_path)}
    assert len(found) == 3
    assert found["s1", "media", "a", "pvc-a"].used == (40 * GIB, 50 * GIB)
    assert found["s1", "web", "a", "pvc-a"].used == (40 * GIB,)


def test_clusters_never_mix_though_context_and_names_are_the_same(tmp_path: Path):
    record(tmp_path, [use(used=1)], server="s1")
    record(tmp_path, [use(used=2)], server="s2", at=NOON + 1)
    assert sorted((one.server, one.used) for one in read_past(tmp_path)) == [("s1", (1,)), ("s2", (2,))]
    assert [one.used for one in read_past(tmp_path, servers=["s2"])] == [(2,)]


def test_two_contexts_of_one_server_share_a_history_under_the_last_name(tmp_path: Path):
    record(tmp_path, [use()], at=NOON - DAY, context="admin")
    record(tmp_path, [use()], at=NOON, context="reader")
    [found] = read_past(tmp_path)
    assert len(found.times) == 2
    assert found.context == "reader"


def test_a_claim_made_anew_has_a_new_history_and_a_resized_one_keeps_its_own(tmp_path: Path):
    record(tmp_path, [use(volume="pvc-old", used=90 * GIB)], at=NOON - 3 * DAY)
    record(tmp_path, [use(volume="pvc-new", used=1)], at=NOON - 2 * DAY)
    record(tmp_path, [use(volume="pvc-new", used=2, capacity=200 * GIB)], at=NOON)
    found = {one.latest.volume: one for one in read_past(tmp_path)}
    assert found["pvc-old"].used == (90 * GIB,)
    assert found["pvc-new"].used == (1, 2)
    assert found["pvc-new"].capacity == (100 * GIB, 200 * GIB)
    assert found["pvc-new"].latest.capacity == 200 * GIB


def test_of_three_hours_the_middle_reading_counts_and_the_last_one_is_known(tmp_path: Path):
    start = NOON  # a multiple of three hours since 1970
    for number, used in enumerate([5, 0, 6, 99, 7]):
        record(tmp_path, [use(used=used)], at=start + number * 600)
    [found] = read_past(tmp_path)
    assert found.used == (6,)
    assert found.latest.used == 7


def test_one_measurement_that_was_recorded_often_counts_once(tmp_path: Path):
    for number in range(40):
        record(tmp_path, [use(at=NOON - 10.5 * DAY)], at=NOON - number * DAY / 4)
    [found] = read_past(tmp_path)
    assert len(found.times) == 1


def test_a_nodes_wrong_clock_does_not_matter_and_a_wrong_clock_here_is_left_out(tmp_path: Path):
    record(tmp_path, [use(taken=0.0, used=1)], at=NOON - DAY)
    record(tmp_path, [use(taken=60.0, used=2)], at=NOON)
    record(tmp_path, [use(used=3)], at=NOON + 3_000 * DAY)
    record(tmp_path, [use(used=4)], at=100.0)
    [found] = read_past(tmp_path)
    assert found.used == (1, 2)


@pytest.mark.parametrize(
    "odd",
    [
        {"taken": float("nan")},
        {"taken": float("inf")},
        {"taken": -1e9},
        {"taken": 1e300},
        {"capacity": 0},
        {"capacity": 2**64 - 1},
        {"used": 2**64 - 1},
        {"used": -5},
        {"used": 0},
        {"inodes": 2**63},
    ],
    ids=str,
)
def test_what_no_volume_can_be_is_not_recorded_and_harms_no_other(tmp_path: Path, odd):
    record(tmp_path, [use("odd", **({"available": 0} | odd)), use("good")])
    assert [one.latest.claim for one in read_past(tmp_path)] == ["good"]


def test_namespaces_and_days_are_chosen(tmp_path: Path):
    record(tmp_path, [use(namespace="a"), use(namespace="b")], at=NOON)
    record(tmp_path, [use(namespace="a")], at=NOON - 20 * DAY)
    assert [one.latest.namespace for one in read_past(tmp_path, namespaces=["b"])] == ["b"]
    assert [len(one.times) for one in read_past(tmp_path, days=5, namespaces=["a"])] == [1]


def test_a_past_day_becomes_one_file_with_a_row_every_three_hours(tmp_path: Path):
    start = datetime(2026, 5, 19, tzinfo=UTC).timestamp()
    for number in range(72):
        record(tmp_path, [use(used=number), use("b")], at=start + number * 300)
    folder = tmp_path / FOLDER
    before = read_past(tmp_path)
    assert is_due(folder, keep_days=90, today=TODAY)
    assert compact(folder, keep_days=90, today=TODAY, layout=VOLUMES).merged == 72
    table = read(folder, VOLUMES).table
    assert len(list(folder.rglob("*.parquet"))) == 1
    assert [row["used"] for row in table.to_pylist() if row["claim"] == "data"] == [17, 53]
    assert table.num_rows == 4
    after = read_past(tmp_path)
    assert [(one.times, one.used) for one in after] == [(one.times, one.used) for one in before]


def test_today_keeps_every_row(tmp_path: Path):
    for number in range(70):
        record(tmp_path, [use(used=number)], at=NOON + number)
    compact(tmp_path / FOLDER, keep_days=90, today=TODAY, layout=VOLUMES)
    assert read(tmp_path / FOLDER, VOLUMES).table.num_rows == 70
    assert len(list((tmp_path / FOLDER).rglob("*.parquet"))) == 1


def test_days_that_are_too_old_go(tmp_path: Path):
    record(tmp_path, [use()], at=NOON - 91 * DAY)
    record(tmp_path, [use()], at=NOON - 90 * DAY)
    assert compact(tmp_path / FOLDER, keep_days=90, today=TODAY, layout=VOLUMES).removed_days == 1


def test_broken_and_foreign_files_are_named_left_out_and_left_alone(tmp_path: Path):
    good = record(tmp_path, [use()], at=NOON - DAY)
    record(tmp_path, [use()], at=NOON - DAY + 60)
    folder = good.parent
    whole = good.read_bytes()
    (folder / "run-cut.parquet").write_bytes(whole[:200])
    (folder / "run-empty.parquet").write_bytes(b"")
    (folder / "run-page.parquet").write_bytes(whole[:4] + b"\xff" * 400 + whole[404:])
    (folder / "run-folder.parquet").mkdir()
    pq.write_table(pa.table({"run": [1]}), folder / "run-foreign.parquet")
    typed = pa.table({"recorded": [["no", "time"]]}).replace_schema_metadata(SCHEMA.metadata)
    pq.write_table(typed, folder / "run-typed.parquet")
    listed = pq.read_table(good, partitioning=None)
    listed = listed.replace_schema_metadata({**listed.schema.metadata, b"homeperf.replaces": b"{not json"})
    pq.write_table(listed, folder / "run-listed.parquet")
    timings = encode_timings([Operation(kind="list", started=NOON)])
    store(tmp_path / FOLDER, timings, run="timings", started=NOON - DAY)
    bad = {
        f"run-{name}.parquet" for name in ["cut", "empty", "page", "folder", "foreign", "typed", "listed", "timings"]
    }

    found = past(tmp_path, since=NOON - 30 * DAY, until=NOON)
    assert {left.path.name for left in found.left_out} == bad
    assert [len(one.times) for one in found.histories.values()] == [1]
    done = compact(tmp_path / FOLDER, keep_days=90, today=TODAY, layout=VOLUMES)
    assert done.merged == 2
    assert {left.path.name for left in done.left_out} == bad
    assert bad <= {path.name for path in folder.iterdir()}
    again = past(tmp_path, since=NOON - 30 * DAY, until=NOON)
    assert [len(one.times) for one in again.histories.values()] == [1]


def test_an_older_version_opens_with_what_it_lacked_empty(tmp_path: Path):
    path = record(tmp_path, [use()])
    old = pq.read_table(path, partitioning=None).drop_columns(["volume", "inodes", "inodes_used"])
    pq.write_table(old, path)
    [found] = read_past(tmp_path)
    assert (found.latest.volume, found.latest.inodes, found.inodes_used) == ("", 0, (0,))


def test_there_may_be_no_history(tmp_path: Path):
    assert read_past(tmp_path) == []
    assert read_past(tmp_path / "absent") == []
    record(tmp_path, [])
    assert read_past(tmp_path) == []


def test_whoever_reads_the_timings_does_not_meet_the_history(tmp_path: Path):
    record(tmp_path, [use()])
    store(tmp_path, encode_timings([Operation(kind="list", started=NOON)]), run="r", started=NOON)
    assert ds.dataset(tmp_path, partitioning="hive").count_rows() == 1
    assert read(tmp_path).table.num_rows == 1
    assert ds.dataset(tmp_path / FOLDER, partitioning="hive").count_rows() == 1


def test_files_are_their_owners_alone(tmp_path: Path):
    path = record(tmp_path, [use()])
    assert [folder.stat().st_mode & 0o777 for folder in (path.parent, path.parent.parent)] == [0o700] * 2
    assert path.stat().st_mode & 0o777 == 0o600


KILLED = """
import sys
from pathlib import Path
from tests.timings.volumes import record, use
print("ready", flush=True)
number = 0
while True:
    number += 1
    record(Path(sys.argv[1]), [use(f"claim-{n}") for n in range(200)], at=1_779_000_000.0 + number)
"""


def test_a_writer_that_is_killed_leaves_whole_files_only(tmp_path: Path):
    for _ in range(3):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE)
        try:
            assert process.stdout.readline() == b"ready\n"
            while not list(tmp_path.rglob("run-*.parquet")):
                os.sched_yield()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
    found = past(tmp_path, since=1_779_000_000.0, until=NOON)
    assert found.left_out == ()
    assert len(found.histories) == 200


def test_growth_is_kept_in_order_over_days_and_compaction(tmp_path: Path):
    grow(tmp_path, lambda day: round(day * GIB), days=5)
    [before] = read_past(tmp_path)
    compact(tmp_path / FOLDER, keep_days=90, today=TODAY, layout=VOLUMES)
    [found] = read_past(tmp_path)
    assert (found.times, found.used, found.latest) == (before.times, before.used, before.latest)
    assert list(found.times) == sorted(found.times)
    assert list(found.used) == sorted(found.used)


def test_columns_are_those_of_a_use_and_of_its_run(tmp_path: Path):
    names = {"run", "recorded", "server", "context", *type(use()).__struct_fields__}
    assert set(SCHEMA.names) == names
    assert encode([], run="r", recorded=NOON, server="s", context="c")
