"""A batch: which checks to evaluate over which namespaces. The unit that is sent to a worker."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime

import msgspec

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Judgement
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.timings.operation import Operation


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Checks by name, judged at ``now`` (UTC, aware) over one part of the namespaces.

    Namespaces are dealt to ``parts`` by a digest of their name, so that no worker needs a list of them; ``parts`` 1
    is all of them. ``scope`` is what the user asked for with ``-n``, None for the whole cluster; ``partial`` names the
    namespaces that could be read of a resource, where that is less.
    """

    checks: tuple[str, ...]
    now: datetime
    thresholds: Thresholds
    part: int = 0
    parts: int = 1
    scope: tuple[str, ...] | None = None
    partial: tuple[tuple[GroupResource, tuple[str, ...]], ...] = ()
    server_version: str = ""

    def holds(self, namespace: str) -> bool:
        """Whether this batch judges that namespace."""
        return self.parts == 1 or zlib.crc32(namespace.encode()) % self.parts == self.part


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one batch: a judgement a check, and the operation that it took."""

    judgements: tuple[Judgement, ...]
    operations: tuple[Operation, ...] = ()


FAN_OUT_ROWS = 20_000
"""Below so many rows one worker judges everything; above it batches of namespaces go to all of them."""


def deal(checks: Sequence[Check], whole: Batch, rows: int, workers: int) -> tuple[Batch, ...]:
    """Deal a batch of these checks: as it is, or one a worker for what splits where there are many rows."""
    if not checks:
        return ()
    parts = workers if rows >= FAN_OUT_ROWS else 1
    split = tuple(check.name for check in checks if check.splits and parts > 1)
    rest = tuple(check.name for check in checks if check.name not in split)
    batches = [msgspec.structs.replace(whole, checks=split, part=part, parts=parts) for part in range(parts) if split]
    return (*batches, msgspec.structs.replace(whole, checks=rest)) if rest else tuple(batches)
