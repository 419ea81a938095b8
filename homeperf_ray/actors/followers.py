"""Followers: the reflectors of one worker, and their sign of life to the cache."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from ray.exceptions import RayActorError, RayError

from homeperf_ray.executor.follow_order import FollowOrder
from homeperf_ray.executor.worker import Worker
from homeperf_ray.kube.changes import Change, Down
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.timings.background import Done
from homeperf_ray.timings.operation import Operation

BEAT_SECONDS = 2.0
"""Between two signs of life; the cache takes a worker that is silent for three times as long for stopped."""


class _Unwanted(Exception):  # noqa: N818 - the cache has said that it does not want to know
    pass


class Followers:
    """Each reflector is known by the token under which the cache takes its changes in.

    What they have sent goes to the cache with the signs of life.
    """

    def __init__(self, name: str, worker: Worker) -> None:
        self._name = name
        self._worker = worker
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._beating: asyncio.Task[None] | None = None
        self._done: list[Done] = []

    async def follow(self, cache: Any, token: str, order: FollowOrder) -> Down:
        """Follow until the cache does not want to know, or is gone; why it ended."""

        async def sink(change: Change) -> None:
            if not await cache.tell.remote(token, change):
                raise _Unwanted

        def told(operation: Operation) -> None:
            self._done.append(Done(order.server, order.identity, operation))

        task = self._tasks[token] = asyncio.ensure_future(self._worker.follow(order, sink, told))
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._beat(cache))
        try:
            await task
        except asyncio.CancelledError:
            pass
        except _Unwanted:
            return Down("unwanted", "its reflector begins anew")
        except RayActorError:
            return Down("unwanted", "the cache is gone")
        except ConfigError as error:
            return Down(error.kind, error.message)
        finally:
            task.cancel()
            if self._tasks.get(token) is task:
                del self._tasks[token]
        return Down("ended", "its reflector has ended")

    def end(self, token: str) -> None:
        """End one reflector; harmless where there is none."""
        if task := self._tasks.get(token):
            task.cancel()

    def end_others(self, generation: str) -> None:
        """End the reflectors of every cache but this one."""
        for token in self._tasks:
            if not token.startswith(f"{generation}-"):
                self.end(token)

    async def _beat(self, cache: Any) -> None:
        """Say that this worker lives for as long as it follows something, and what it has done."""
        while self._tasks or self._done:
            done, self._done = self._done, []
            with contextlib.suppress(RayError):
                await cache.beat.remote(self._name, done)
            await asyncio.sleep(BEAT_SECONDS)
