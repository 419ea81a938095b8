"""The reflector: keeps somebody informed about one resource. It lists once, then watches for as long as it runs.

The rules are those of client-go's reflector: resume from the last version that was taken in, at once after a clean
end and with growing pauses after failures; list again where the server has forgotten that version.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from homeperf_ray.kube.batching import PAUSE, Readable, batches
from homeperf_ray.kube.changes import Bookmark, Change, Connected, Down, Replaced
from homeperf_ray.kube.errors import BadAnswer, Expired, Forbidden, KubeError, NotFound, Unreachable
from homeperf_ray.kube.request import Request

if TYPE_CHECKING:
    from homeperf_ray.kube.columns.events import Event
    from homeperf_ray.kube.lister import Listed

SHORTEST, LONGEST = 0.8, 30.0
"""Seconds of the first pause after a failure, and of the last."""

LASTING = 1.0
"""A watch that ends in good order within so many seconds, without a word, has failed."""

STEADY = 2.0
"""A watch that has lasted so many seconds makes the failures before it forgotten."""

TIMEOUTS = (300, 600)
"""Seconds that a watch is asked to last, chosen at random, so that not all of them end at once."""

INITIAL_SECONDS = 60.0
"""A streaming list that is not complete after so long is given up for a LIST."""

MOST_ROUNDS = 32
"""Lists between two attempts to watch what the server has refused to be watched."""

Sink = Callable[[Change], Awaitable[None]]
"""Takes one change in. Only when it returns is the change counted as known."""


class WatchStream(Readable, Protocol):
    """One watch that is open."""

    def told(self, status: int, body: bytes) -> KubeError: ...

    def close(self) -> None: ...


class ListerWatcher(Protocol):
    """The server, as one reflector sees it. Both methods take a permit for what they send."""

    async def list(self) -> Listed: ...

    async def watch(self, query: Mapping[str, str]) -> WatchStream:
        """Begin a watch. Raises KubeError."""
        ...


@dataclass(frozen=True)
class Backoff:
    """Pauses in seconds: they double from ``shortest`` to ``longest``, and up to a half is added by chance."""

    shortest: float = SHORTEST
    longest: float = LONGEST
    chance: Callable[[], float] = random.random

    def pause(self, failures: int, asked: float | None) -> float:
        """The pause after so many failures in a row (the first is 1); at least what the server asked for."""
        pause = self.shortest * 2.0 ** (failures - 1) * (1.0 + 0.5 * self.chance())
        return min(max(pause, asked or 0.0), self.longest)


class Reflector:
    """Tells ``sink`` everything about ``request``'s objects until it is cancelled; it raises only what the sink does.

    It begins with a list, or with the watch where ``version`` is known. ``streaming`` says that the server has
    streaming lists. What cannot be watched is listed every ``refresh`` seconds. Clock and pauses are in seconds.
    """

    def __init__(
        self,
        upstream: ListerWatcher,
        request: Request,
        sink: Sink,
        *,
        version: str = "",
        streaming: bool = False,
        refresh: float = 15.0,
        backoff: Backoff = Backoff(),
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._upstream = upstream
        self._resource = request.served.resource
        self._sink = sink
        self._version = version
        self._streaming = streaming
        self._refresh = refresh
        self._backoff = backoff
        self._pause = pause
        self._clock = clock
        self._sleep = sleep
        self._failures = 0
        self._refused = 0

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                ended = await self._once()
            except Expired as error:
                self._version = ""
                await self._failed(error, at_once=not self._failures)
            except KubeError as error:
                await self._failed(error)
            else:
                if ended:
                    self._failures = 0
                    await self._sink(Down("resuming", "the server ended the watch, as it does every few minutes"))

    async def _once(self) -> bool:
        """One watch, from its list or its version to its end; whether there was one. Raises KubeError."""
        if not self._version and not self._streaming:
            await self._replace()
            if not self._version:
                return await self._poll("its lists have no version", for_ever=True)
        try:
            stream = await self._upstream.watch(self._query())
        except KubeError as error:
            if not self._version and error.status in {400, 422}:
                self._streaming = False
                return await self._once()
            if not _unwatchable(error):
                raise
            await self._replace()
            return await self._poll(error.message, for_ever=error.status == 405)
        try:
            async with aclosing(self._batches(stream)) as coming:
                more = await self._initial(coming) if not self._version else []
                await self._sink(Connected(self._version))
                await self._take(more, stream)
                await self._follow(coming, stream)
        finally:
            stream.close()
        self._refused = 0
        return True

    async def _follow(self, coming: AsyncIterator[list[Event]], stream: WatchStream) -> None:
        """Tell of every event until the watch ends. Raises KubeError where it does not end in good order."""
        began, heard = self._clock(), False
        try:
            async for events in coming:
                heard = True
                await self._take(events, stream)
        finally:
            if self._clock() - began >= STEADY:
                self._failures = 0
        if not heard and self._clock() - began < LASTING:
            raise Unreachable(
                f"a watch of {self._resource} ended as soon as it had begun", "Look at what is on the way."
            )

    async def _take(self, events: list[Event], stream: WatchStream) -> None:
        from homeperf_ray.kube.columns.events import changed

        error = next((event for event in events if event.type == "ERROR"), None)
        good = events[: events.index(error)] if error else events
        if good:
            version = good[-1].version or self._version
            change = changed(self._resource, good, version)
            nothing = change.rows is None and not change.deleted
            await self._sink(Bookmark(version) if nothing else change)
            self._version = version
            self._failures = 0
        if error:
            raise stream.told(error.status, error.raw)

    async def _initial(self, coming: AsyncIterator[list[Event]]) -> list[Event]:
        """A streaming list, up to the bookmark that ends it; the events that came in one piece with that.

        Raises KubeError; the next attempt is then a LIST.
        """
        import pyarrow as pa

        from homeperf_ray.kube.columns import schema
        from homeperf_ray.kube.columns.events import batch

        self._streaming, parts = False, []
        began = self._clock()
        async for events in coming:
            end = next((place for place, event in enumerate(events) if event.initial_end), len(events))
            parts.append(batch(self._resource, [event for event in events[:end] if event.item is not None]))
            if end < len(events):
                table = pa.Table.from_batches(parts, schema(self._resource))
                await self._sink(Replaced(table, events[end].version, self._clock() - began))
                self._version, self._streaming = events[end].version, True
                return events[end + 1 :]
            if events[-1].type == "ERROR" or self._clock() - began > INITIAL_SECONDS:
                break
        raise BadAnswer(f"a streaming list of {self._resource} was not complete", "It is read by a LIST instead.")

    async def _replace(self) -> None:
        """List everything anew. Raises KubeError."""
        began = self._clock()
        listed = await self._upstream.list()
        if listed.error is not None:
            raise listed.error
        await self._sink(Replaced(listed.table, listed.version, self._clock() - began))
        self._version = listed.version

    async def _poll(self, reason: str, *, for_ever: bool) -> bool:
        """List again and again what cannot be watched, or not yet: whether it can be is asked ever more rarely.

        Raises KubeError.
        """
        await self._sink(Down("unwatchable", reason))
        self._refused += 1
        rounds = min(2 ** (self._refused - 1), MOST_ROUNDS)
        while for_ever or rounds:
            await self._sleep(self._refresh)
            await self._replace()
            self._failures = 0
            rounds -= 1
        return False

    def _query(self) -> dict[str, str]:
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(random.randint(*TIMEOUTS)),  # noqa: S311 - not a secret
        }
        if self._version:
            return query | {"resourceVersion": self._version}
        return query | {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}

    def _batches(self, stream: WatchStream) -> AsyncGenerator[list[Event]]:
        from homeperf_ray.kube.columns.events import decode_event

        return batches(stream, partial(decode_event, self._resource), pause=self._pause)

    async def _failed(self, error: KubeError, *, at_once: bool = False) -> None:
        self._failures += 1
        await self._sink(Down(error.kind, error.message))
        if not at_once:
            await self._sleep(self._backoff.pause(self._failures, error.retry_after))


def _unwatchable(error: KubeError) -> bool:
    """Whether a watch is refused, though a list may not be: always (405), or to this user (a server that has just
    started refuses too much).
    """
    return error.status == 405 or isinstance(error, Forbidden | NotFound)
