"""The benchmark's own Parquet: a row a sample, with the machine and the parameters."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from homeperf_ray import __version__
from homeperf_ray.bench.sample import Sample
from homeperf_ray.timings.dataset import write_whole


def machine() -> dict[str, str | int]:
    """What it was measured on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count() or 0,
        "memory_bytes": pages,
        "python": platform.python_version(),
        "homeperf": __version__,
        "commit": _commit(),
    }


def write(
    folder: Path, samples: Sequence[Sample], peaks: Mapping[str, int], parameters: Mapping[str, str | int | float]
) -> Path:
    """Write one run's samples, whole or not at all. Raises OSError."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    common = {**machine(), **parameters, "started": time.time()}
    rows = [
        {
            **{name: getattr(sample, name) for name in Sample.__struct_fields__},
            "peak": peaks.get(sample.scenario, 0),
            **common,
        }
        for sample in samples
    ]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink, compression="zstd")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return write_whole(folder / f"bench-{time.time_ns():x}.parquet", sink.getvalue())


def _commit() -> str:
    """The commit of the checkout that is measured; empty outside of one."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip()
