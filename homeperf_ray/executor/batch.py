"""A batch: which checks to evaluate over which namespaces. The unit that is sent to a worker."""

from __future__ import annotations

from datetime import datetime

import msgspec

from homeperf_ray.checks.finding import Judgement
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.timings.operation import Operation


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Checks by name, judged at ``now`` over ``namespaces`` (None: all that the tables hold).

    ``scope`` is what the user asked for with ``-n``; ``namespaces`` is this batch's part of the tables.
    """

    checks: tuple[str, ...]
    now: datetime
    thresholds: Thresholds
    namespaces: tuple[str, ...] | None = None
    scope: tuple[str, ...] | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one batch: a judgement a check, and the operation that it took."""

    judgements: tuple[Judgement, ...]
    operations: tuple[Operation, ...] = ()
