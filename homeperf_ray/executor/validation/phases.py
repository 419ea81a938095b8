"""The timings of a validation: a row a phase, and a row a batch."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import msgspec

from homeperf_ray.manifests.batch import Batch, Done
from homeperf_ray.timings.operation import Operation

RESOURCE = "manifests"


class Measured(msgspec.Struct):
    """What a phase was about: how many files, and how many bytes of them."""

    items: int = 0
    bytes: int = 0


class Phases:
    """Collects the rows of one run, beginning with what was done ``before``."""

    def __init__(self, run: str, before: Iterable[Operation] = ()) -> None:
        self._run = run
        self._node = platform.node()
        who = {"run": run, "node": self._node, "worker": "local", "pid": os.getpid()}
        self.rows = [msgspec.structs.replace(row, **who) for row in before]

    @contextmanager
    def phase(self, kind: str) -> Iterator[Measured]:
        """Measure what is done within, children excepted that have rows of their own."""
        started, clock = time.time(), time.perf_counter()
        measured = Measured()
        try:
            yield measured
        finally:
            self._add(
                kind, started=started, total=time.perf_counter() - clock, items=measured.items, bytes=measured.bytes
            )

    def batch(self, kind: str, number: int, batch: Batch, done: Done) -> None:
        """One batch that was judged."""
        self._add(
            kind,
            started=done.started,
            total=done.seconds,
            evaluate=done.seconds,
            items=len(batch.items),
            bytes=sum(len(item.data) for item in batch.items),
            page=number,
            worker=done.worker,
            node=done.node,
            pid=done.pid,
            retries=done.lost,
        )

    def kept(self, kind: str, items: int, size: int) -> None:
        """Files of ``size`` bytes whose results still hold."""
        self._add(kind, started=time.time(), items=items, bytes=size, cache="hit")

    def lost(self, kind: str, number: int, batch: Batch) -> None:
        """One batch whose worker died."""
        self._add(
            kind,
            started=time.time(),
            items=len(batch.items),
            bytes=sum(len(item.data) for item in batch.items),
            page=number,
            error="worker_lost",
        )

    def _add(self, kind: str, **fields: object) -> None:
        known = {"worker": "local", "node": self._node, "pid": os.getpid(), **fields}
        self.rows.append(Operation(kind=kind, run=self._run, resource=RESOURCE, **known))  # type: ignore[arg-type]
