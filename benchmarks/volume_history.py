"""``python -m benchmarks.volume_history``: how fast the volumes' history is read back, and growth told from it.

A check every five minutes is kept for so many days, as files of a day: first with every row, then compacted as the
dataset compacts itself. Told is processor time, since other processes on the machine lengthen seconds more.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from homeperf_ray.checks.volume_growth import one_file_system, trend_of
from homeperf_ray.timings.compaction import compact
from homeperf_ray.timings.dataset import store
from homeperf_ray.timings.layout import VOLUMES
from homeperf_ray.timings.volume_history import FOLDER, encode, past
from homeperf_ray.timings.volume_schema import SCHEMA
from homeperf_ray.timings.volume_use import VolumeUse

DAY = 86_400
EVERY = 300
GIB = 2**30

T = TypeVar("T")


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=100)
    parser.add_argument("--days", type=int, default=90)
    chosen = parser.parse_args()
    now = int(time.time()) // DAY * DAY
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write(folder, now, claims=chosen.claims, days=chosen.days)
        rows = chosen.claims * chosen.days * DAY // EVERY
        print(f"{chosen.claims} claims, {chosen.days} days, {rows:,} rows, {megabytes(folder):.1f} MB\n")
        print("| what | processor s |\n| --- | --- |")
        spent, _ = measured(lambda: past(folder, since=now - chosen.days * DAY, until=now))
        print(f"| read, every row kept | {spent:.2f} |")
        today = datetime.fromtimestamp(now, UTC).date() + timedelta(days=1)
        spent, _ = measured(lambda: compact(folder / FOLDER, keep_days=36_500, today=today, layout=VOLUMES))
        print(f"| compact all days, to {megabytes(folder):.1f} MB | {spent:.2f} |")
        for days in (chosen.days, 30):
            spent, found = measured(lambda days=days: past(folder, since=now - days * DAY, until=now))
            print(f"| read {days} days, compacted | {spent:.2f} |")
        spent, found = measured(lambda: past(folder, since=now - chosen.days * DAY, until=now))
        spent, trends = measured(lambda: [trend_of(one) for one in found.histories.values()])
        print(f"| tell the growth of {len(trends)} volumes | {spent:.2f} |")
        spent, _ = measured(lambda: one_file_system(trends))
        print(f"| find claims on one file system | {spent:.2f} |")


def write(folder: Path, now: int, *, claims: int, days: int) -> None:
    """Two files a day, with the first reading of every claim and with the others, so that there is what to merge."""
    uses = [
        VolumeUse(
            taken=now,
            namespace=f"namespace-{number % 12}",
            claim=f"claim-{number}",
            volume=f"pvc-{number:08x}-0000-4000-8000-000000000000",
            storage_class="ceph-block",
            node=f"node-{number % 6}",
            capacity=100 * GIB,
            used=(40 + number % 50) * GIB,
            available=50 * GIB,
            inodes=6_000_000,
            inodes_used=100_000,
        )
        for number in range(claims)
    ]
    one = pq.read_table(io.BytesIO(encode(uses, run="run", recorded=now, server="server", context="home")))
    for day in range(days):
        steps = [_moved(one, -(day + 1) * DAY + second, day) for second in range(0, DAY, EVERY)]
        for name, tables in (("first", steps[:1]), ("others", steps[1:])):
            sink = io.BytesIO()
            pq.write_table(pa.concat_tables(tables).replace_schema_metadata(SCHEMA.metadata), sink, compression="zstd")
            store(folder / FOLDER, sink.getvalue(), run=f"{name}-{day}", started=now - (day + 1) * DAY)


def _moved(table: pa.Table, seconds: int, day: int) -> pa.Table:
    """The same readings at another time, with other figures."""
    by = pa.scalar(seconds * 1_000_000, pa.duration("us"))
    for name in ("recorded", "taken"):
        table = table.set_column(table.column_names.index(name), name, pc.add(table[name], by))
    used = pc.add(table["used"], 20_000 * seconds + 4_096 * (seconds % 977) - day)
    return table.set_column(table.column_names.index("used"), "used", used)


def measured(act: Callable[[], T]) -> tuple[float, T]:
    """Processor seconds of this process, and what came of it."""
    began = time.process_time()
    found = act()
    return time.process_time() - began, found


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1e6


if __name__ == "__main__":
    main()
