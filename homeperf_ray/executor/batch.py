"""A batch: which checks to evaluate over which namespaces. The unit that is sent to a worker."""

from __future__ import annotations

import zlib
from datetime import datetime

import msgspec

from homeperf_ray.checks.finding import Judgement
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.timings.operation import Operation


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Checks by name, judged at ``now`` (UTC, aware) over one part of the namespaces.

    Namespaces are dealt to ``parts`` by a digest of their name, so that no worker needs a list of them; ``parts`` 1
    is all of them. ``scope`` is what the user asked for with ``-n``, None for the whole cluster.
    """

    checks: tuple[str, ...]
    now: datetime
    thresholds: Thresholds
    part: int = 0
    parts: int = 1
    scope: tuple[str, ...] | None = None

    def holds(self, namespace: str) -> bool:
        """Whether this batch judges that namespace."""
        return self.parts == 1 or zlib.crc32(namespace.encode()) % self.parts == self.part


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one batch: a judgement a check, and the operation that it took."""

    judgements: tuple[Judgement, ...]
    operations: tuple[Operation, ...] = ()
