"""Manifests judged by the workers of a runtime, over several connections at once."""

from __future__ import annotations

from collections.abc import Sequence

import click
import msgspec

from homeperf_ray.executor.validation import POOL_BYTES
from homeperf_ray.kube.errors import Unreachable
from homeperf_ray.manifests.batch import Batch, judge_batch
from homeperf_ray.manifests.outcome import Outcome

BATCH_SECONDS = 120.0
"""Time for one batch, the wait for a worker included."""

AHEAD = 2
"""Batches in flight for each worker: one in its hands and one that waits."""


class RuntimeJudge:
    """Asks a runtime. ``must`` makes one that is missing an error; else this process does it, with a line on stderr."""

    def __init__(self, *, must: bool) -> None:
        self._must = must
        self.least = 0 if must else POOL_BYTES
        self.workers = 0

    def judge(self, batches: Sequence[Batch]) -> list[Outcome] | None:
        """The outcomes of all files, in order; None where there is no runtime. Raises KubeError."""
        from homeperf_ray.actors.client import LONG_PATIENCE, PATIENCE, RuntimeGone, Unavailable, connect

        found = connect(patience=LONG_PATIENCE if self._must else PATIENCE)
        if isinstance(found, Unavailable):
            if self._must:
                raise Unreachable(found.reason, found.hint)
            if found.noteworthy:
                click.echo(f"homeperf: running locally: {found.reason}", err=True)
            return None
        with found:
            self.workers = len(found.status().workers)
        try:
            return self._spread(batches)
        except RuntimeGone as error:
            if self._must:
                raise
            click.echo(f"homeperf: running locally: {error.message}", err=True)
            return None

    def _spread(self, batches: Sequence[Batch]) -> list[Outcome]:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max(1, min(len(batches), self.workers * AHEAD))) as threads:
            return [one for many in threads.map(_ask, batches) for one in many]


def _ask(batch: Batch) -> list[Outcome]:
    """One batch over a connection of its own; one that is too large for a request is judged here."""
    from homeperf_ray.actors.client import LONG_PATIENCE, Unavailable, connect
    from homeperf_ray.actors.protocol import MAX_REQUEST

    encoded = msgspec.msgpack.encode(batch)
    if len(encoded) > MAX_REQUEST - 1024:
        return judge_batch(batch)
    client = connect(patience=LONG_PATIENCE)
    if isinstance(client, Unavailable):
        raise Unreachable(client.reason, client.hint)
    with client:
        return msgspec.msgpack.decode(client.judge(encoded, BATCH_SECONDS), type=list[Outcome])
