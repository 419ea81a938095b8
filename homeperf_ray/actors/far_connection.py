"""FarConnection: GETs that the workers of a runtime send, one after another to whoever has the least in hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from ray.exceptions import RayError, RayTaskError

from homeperf_ray.actors.workers import Workers
from homeperf_ray.kube.connection import Answer
from homeperf_ray.kube.errors import KubeError, Unreachable
from homeperf_ray.kube.target import Target
from homeperf_ray.objects.job import GetJob
from homeperf_ray.timings.operation import Operation

ATTEMPTS = 5
"""How often a request is handed to a worker; each time but the last, the worker died."""

SLACK = 1.0
"""Seconds that a worker may be late with its answer before it is given up."""


class FarConnection:
    """Sends what ``job`` asks for, at most ``job.concurrency`` at once, and not before there is ``room`` for answers.

    ``lost`` has an operation for every request whose worker died over it.
    """

    def __init__(self, workers: Workers, target: Target, job: GetJob, room: Callable[[], Awaitable[None]]) -> None:
        self.target = target
        self.lost: list[Operation] = []
        self._workers = workers
        self._job = job
        self._room = room
        self._slots = asyncio.Semaphore(job.concurrency)
        self._deadline = time.monotonic() + job.timeout

    async def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        operation: Operation,
        accept: str = "application/json",
        deadline: float | None = None,
        abandoned: Callable[[Operation], None] | None = None,
    ) -> Answer:
        """GET ``path`` through some worker; through another one where that dies. All else is as in ``Connection``."""
        began = time.perf_counter()
        await self._room()
        async with self._slots:
            queue = time.perf_counter() - began
            try:
                answer = await self._sent(path, query or {}, operation, accept)
            except asyncio.CancelledError:
                if abandoned:
                    abandoned(msgspec.structs.replace(operation, sent=1, error="cancelled"))
                raise
        done = msgspec.structs.replace(answer.operation, queue=answer.operation.queue + queue)
        return msgspec.structs.replace(answer, operation=done)

    async def _sent(self, path: str, query: Mapping[str, str], operation: Operation, accept: str) -> Answer:
        for _ in range(ATTEMPTS):
            member = self._workers.choose()
            member.outstanding += 1
            clock = time.perf_counter()
            try:
                async with asyncio.timeout(self._left() + SLACK):
                    answer: Answer = await member.handle.get.remote(
                        self._job, path, dict(query), operation, accept, self._left()
                    )
                    return answer
            except RayTaskError as error:
                if isinstance(error.cause, KubeError):
                    return Answer(operation=operation, error=error.cause)
                raise
            except (RayError, TimeoutError) as error:
                member.lost()
                spent = {"total": time.perf_counter() - clock, "sent": 1, "retries": 1, "error": "worker_lost"}
                who = {"run": self._job.run, "node": member.node, "worker": member.name, "pid": member.pid}
                self.lost.append(msgspec.structs.replace(operation, **spent, **who))
                if isinstance(error, TimeoutError) or self._left() <= 0:
                    break
                await asyncio.sleep(0.05)
            finally:
                member.outstanding -= 1
        return Answer(
            operation=msgspec.structs.replace(operation, error=Unreachable.kind),
            error=Unreachable(
                f"cannot read {operation.resource}: no worker of the runtime lived long enough to do it",
                "See homeperf status, or run without the runtime: --runner local",
            ),
        )

    def _left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.0)
