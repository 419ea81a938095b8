"""One run of the benchmark: what was asked for, where it ran, and its samples, as Parquet and back."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from homeperf_ray.bench.machine import Machine, Source
from homeperf_ray.bench.sample import Sample
from homeperf_ray.timings.dataset import write_whole

FORMAT = 2
"""Of the files; older ones have no run, no processor and no peak a sample."""


class BadRunError(ValueError):
    """A file is not a run of the benchmark; the message names it and says why."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked for. ``cluster`` is ``homelab`` for the embedded one, whose size the others are.

    ``latency_ms`` is its server's.
    """

    cluster: str = "homelab"
    samples: int = 5
    memory: int = 1
    workers: int = 1
    nodes: int = 6
    namespaces: int = 30
    pods: int = 300
    pvcs: int = 40
    latency_ms: float = 0.0


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run. ``started`` is Unix time in seconds; ``samples`` are in the order in which they were taken."""

    run: str
    started: float
    machine: Machine
    source: Source
    parameters: Parameters
    samples: tuple[Sample, ...]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The names of its scenarios, the first of which is the yardstick."""
        return tuple(dict.fromkeys(sample.scenario for sample in self.samples))

    @property
    def size(self) -> Parameters:
        """What it was asked for but the number of its rounds: only runs of one size can be compared."""
        return msgspec.structs.replace(self.parameters, samples=1, memory=1)

    @classmethod
    def of(cls, samples: Sequence[Sample], parameters: Parameters) -> Run:
        """The run that has just ended here."""
        return cls(
            run=time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + f"-{time.time_ns() % 1_000_000_000:09d}"[:5],
            started=time.time(),
            machine=Machine.here(),
            source=Source.here(),
            parameters=parameters,
            samples=tuple(samples),
        )


def write(folder: Path, run: Run) -> Path:
    """Write one run, whole or not at all, as ``bench-RUN.parquet``: a row a sample. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return write_whole(folder / f"bench-{run.run}.parquet", encode(run))


def encode(run: Run) -> bytes:
    """The Parquet of one run."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    common = {
        "format": FORMAT,
        "run": run.run,
        "started": run.started,
        **msgspec.structs.asdict(run.machine),
        **msgspec.structs.asdict(run.source),
        **msgspec.structs.asdict(run.parameters),
    }
    table = pa.Table.from_pylist([{**msgspec.structs.asdict(sample), **common} for sample in run.samples])
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def read(path: Path) -> Run:
    """Read one run. Raises BadRunError for what is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.ParquetFile(path).read().to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise BadRunError(f"{path} cannot be read as Parquet: {error}") from error
    if not rows or not {"scenario", "wall", "number"} <= rows[0].keys():
        raise BadRunError(f"{path} holds no samples of `homeperf bench run`")
    if rows[0].get("format", 1) > FORMAT:
        raise BadRunError(f"{path} was written by a newer homeperf; update this one")
    head = {"run": path.stem.removeprefix("bench-"), "processor": "", "cluster": "homelab", **_known(rows[0])}
    try:
        return Run(
            run=head["run"],
            started=head["started"],
            machine=msgspec.convert(head, Machine),
            source=msgspec.convert(head, Source),
            parameters=msgspec.convert(head, Parameters),
            samples=tuple(msgspec.convert(_known(row), Sample) for row in rows),
        )
    except (msgspec.ValidationError, KeyError) as error:
        raise BadRunError(f"{path} holds no samples of `homeperf bench run`: {error}") from error


def _known(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
