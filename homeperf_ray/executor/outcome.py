"""What became of a request: a table or a failure, and the operations that it took."""

from __future__ import annotations

from typing import Any

import msgspec

from homeperf_ray.kube.errors import KubeError
from homeperf_ray.kube.request import Request
from homeperf_ray.timings.operation import Operation


class Failure(msgspec.Struct, frozen=True):
    """An error as a value: its kind (``forbidden``, ``unreachable`` ...), what is wrong, what to do."""

    kind: str
    message: str
    hint: str = ""
    status: int = 0

    @classmethod
    def of(cls, error: KubeError) -> Failure:
        return cls(error.kind, error.message, error.hint, error.status)


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one Request: ``table`` or ``failure``, never both.

    ``table`` is opaque to the executor: a ``pyarrow.Table`` in a local run, an object reference in a Ray run. ``age``
    is in seconds, 0 for what was just read; ``stale`` says why it may be out of date. ``version`` is the
    resourceVersion of the list.
    """

    request: Request
    table: Any = None
    rows: int = 0
    failure: Failure | None = None
    age: float = 0.0
    stale: str = ""
    version: str = ""
    operations: tuple[Operation, ...] = ()
