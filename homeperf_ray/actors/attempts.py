"""Attempts: one piece of work, handed to workers until one has done it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import ray
from ray.exceptions import RayError, RayTaskError

from homeperf_ray.actors.workers import Member, Workers
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.kube.kubelets import AT_ONCE
from homeperf_ray.timings.operation import Operation

ATTEMPTS = 5
"""How often a request is handed to a worker that lives, at least; each time but the last, the worker died."""

PAUSE = 0.05
"""Seconds between two attempts."""

SLACK = 1.0
"""Seconds that a worker may be late with its answer before its caller gives it up."""

Call = Callable[[Member], Awaitable[Any]]
"""Hands the work to one worker."""


class Attempts:
    """Everything that one job has workers do, before its deadline.

    Work whose worker dies is handed to another one; the lost attempt is an operation of its own, with the error
    ``worker_lost``. Whoever reads the server takes one of ``slots``, of which there are ``job.concurrency``, and
    whoever asks a kubelet one of ``kubelet_slots``: one that hangs holds nobody else.
    """

    def __init__(self, workers: Workers, job: CheckJob, context: str) -> None:
        self._workers = workers
        self._job = job
        self._context = context
        self.slots = asyncio.Semaphore(job.concurrency)
        self.kubelet_slots = asyncio.Semaphore(AT_ONCE)
        self._deadline = time.monotonic() + job.timeout

    def left(self) -> float:
        """Seconds until the job's deadline."""
        return max(self._deadline - time.monotonic(), 0.0)

    async def on_a_worker(
        self, kind: str, resource: str, call: Call, namespace: str = ""
    ) -> tuple[Any, tuple[Operation, ...]]:
        """What one worker answers, None where none did, and an operation for each worker that died over it.

        Where every worker is down it waits for one until the deadline. Raises KubeError where the worker did.
        """
        lost: list[Operation] = []
        while len(lost) < self._workers.deaths(ATTEMPTS):
            member = self._workers.choose()
            lived = not member.down
            started, clock = time.time(), time.perf_counter()
            member.outstanding += 1
            try:
                async with asyncio.timeout(self.left() + SLACK):
                    answer = await _answer(call(member))
                member.down = False
                return answer, tuple(lost)
            except RayTaskError as error:
                member.down = False
                if isinstance(error.cause, KubeError):
                    raise error.cause from None
                raise
            except (RayError, TimeoutError) as error:
                member.lost()
                if lived:
                    lost.append(self._lost(kind, resource, namespace, member, started, time.perf_counter() - clock))
                if isinstance(error, TimeoutError) or self.left() <= 0:
                    break
                await asyncio.sleep(PAUSE)
            finally:
                member.outstanding -= 1
        return None, tuple(lost)

    def _lost(
        self, kind: str, resource: str, namespace: str, member: Member, started: float, total: float
    ) -> Operation:
        return Operation(
            kind=kind,
            started=started,
            run=self._job.run,
            node=member.node,
            worker=member.name,
            pid=member.pid,
            context=self._context,
            resource=resource,
            namespace=namespace,
            total=total,
            sent=int(kind == "list"),
            retries=int(kind == "list"),
            error="worker_lost",
        )


def sent_in_vain(operation: Operation) -> Operation:
    """An operation whose outcome was lost with its worker, as one that is done again."""
    return msgspec.structs.replace(operation, page=0, retries=operation.sent, error="worker_lost")


async def _answer(ref: Any) -> Any:
    """What a worker answers; where nobody waits for it any more, the worker stops too."""
    try:
        return await ref
    except asyncio.CancelledError:
        ray.cancel(ref)
        raise
