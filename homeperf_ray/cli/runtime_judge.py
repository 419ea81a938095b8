"""Manifests judged by the workers of a runtime, over several connections at once."""

from __future__ import annotations

from collections.abc import Sequence

import click
import msgspec

from homeperf_ray.executor.validation.spread import POOL_BYTES
from homeperf_ray.kube.errors import KubeError, Unreachable
from homeperf_ray.manifests.batch import Batch, Done
from homeperf_ray.render.escape import safe

BATCH_SECONDS = 120.0
"""Time for one batch, the wait for a worker included."""

AHEAD = 2
"""Batches in flight for each worker: one in its hands and one that waits."""


class RuntimeJudge:
    """Asks a runtime. ``must`` makes one that is missing an error; else this process does it, with a line on stderr.

    A batch that the runtime does not judge, since its workers died over it or it went away, is left to this machine.
    """

    def __init__(self, *, must: bool) -> None:
        self._must = must
        self.least = 0 if must else POOL_BYTES
        self.workers = 0

    def judge(self, batches: Sequence[Batch]) -> list[Done | None] | None:
        """What became of each batch; None where there is no runtime. Raises KubeError where there must be one."""
        from homeperf_ray.actors.client import LONG_PATIENCE, PATIENCE, Unavailable, connect

        found = connect(patience=LONG_PATIENCE if self._must else PATIENCE)
        if isinstance(found, Unavailable):
            if self._must:
                raise Unreachable(found.reason, found.hint)
            if found.noteworthy:
                click.echo(f"homeperf: running locally: {safe(found.reason)}", err=True)
            return None
        try:
            with found:
                self.workers = len(found.status().workers)
        except KubeError as error:
            if self._must:
                raise
            click.echo(f"homeperf: running locally: {safe(error.message)}", err=True)
            return None
        return self._spread(batches)

    def _spread(self, batches: Sequence[Batch]) -> list[Done | None]:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max(1, min(len(batches), self.workers * AHEAD))) as threads:
            answers = list(threads.map(_ask, batches))
        refused = [answer for answer in answers if isinstance(answer, str)]
        if refused:
            files = sum(len(one.items) for one, said in zip(batches, answers, strict=True) if isinstance(said, str))
            click.echo(f"homeperf: {files} files are judged on this machine: {safe(refused[0])}", err=True)
        return [answer if isinstance(answer, Done) else None for answer in answers]


def _ask(batch: Batch) -> Done | str:
    """One batch over a connection of its own; why the runtime does not judge it where it does not."""
    from homeperf_ray.actors.client import LONG_PATIENCE, Unavailable, connect
    from homeperf_ray.actors.protocol import MAX_REQUEST

    encoded = msgspec.msgpack.encode(batch)
    if len(encoded) > MAX_REQUEST - 1024:
        return "they are too large for a request to the runtime"
    client = connect(patience=LONG_PATIENCE)
    if isinstance(client, Unavailable):
        return client.reason
    try:
        with client:
            return client.judge(encoded, BATCH_SECONDS)
    except KubeError as error:
        return error.message
