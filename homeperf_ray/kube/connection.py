"""The connection: one API server, one identity, with its pool, its budget and its retries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlencode

import msgspec

from homeperf_ray.kube.answered import from_status, retry_after, wrong_content
from homeperf_ray.kube.asked import Asked, Failure
from homeperf_ray.kube.backend import Backend
from homeperf_ray.kube.errors import ConfigError, KubeError
from homeperf_ray.kube.gate import Answered, Gate
from homeperf_ray.kube.identity import Identity
from homeperf_ray.kube.pool import GOOD, UPGRADED, Exchange, Pool
from homeperf_ray.kube.retry import STANDARD, RetryPolicy
from homeperf_ray.kube.stream import Stream
from homeperf_ray.kube.streams import Streams
from homeperf_ray.kube.tally import Call, Tally, kind_of
from homeperf_ray.kube.target import Target
from homeperf_ray.kube.unanswered import from_exception
from homeperf_ray.timings.operation import Operation

if TYPE_CHECKING:
    from homeperf_ray.kube.upgrade import Listener

TEXT = "application/json, */*"
"""What to accept where plain text is due: errors come as JSON still, and a server refuses ``text/plain`` alone."""


REVIEWS = ("/apis/authorization.k8s.io/", "/apis/authentication.k8s.io/")
"""The only groups to which anything is posted: their reviews are answered, and nothing of them is kept."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """``body`` or ``error``, and the operation with its phases filled in.

    ``date`` is what the server's clock said, as HTTP writes it; empty where the server did not say.
    """

    operation: Operation
    body: bytes = b""
    error: KubeError | None = None
    date: str = ""


class Getter(Protocol):
    """Whatever GETs paths of one server, in this process or in another."""

    @property
    def target(self) -> Target: ...

    async def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        operation: Operation,
        accept: str = "application/json",
        deadline: float | None = None,
        abandoned: Callable[[Operation], None] | None = None,
    ) -> Answer: ...


class Connection:
    """A keep-alive pool of at most ``concurrency`` connections to one server, for one identity.

    Make it inside a running loop. Every HTTP request, and every start of a watch, passes ``gate`` once.
    ``request_timeout`` (seconds) bounds silence: connecting, waiting for an answer, and each pause within one.
    ``connect_timeout`` bounds connecting where that is to take less. ``identity`` is that of another connection,
    to be shared with it.
    """

    def __init__(
        self,
        target: Target,
        *,
        gate: Gate,
        concurrency: int = 10,
        request_timeout: float = 10.0,
        connect_timeout: float = 0.0,
        retry: RetryPolicy = STANDARD,
        identity: Identity | None = None,
    ) -> None:
        self._target = target
        self._gate = gate
        self._retry = retry
        self._slots = asyncio.Semaphore(concurrency)
        self.identity = identity or Identity(target)
        self._pool = Pool(target, concurrency=concurrency, timeout=request_timeout, connect=connect_timeout)
        self._patience = request_timeout
        self._streams: Streams | None = None

    @property
    def target(self) -> Target:
        """Which server, as whom."""
        return self._target

    @property
    def opened(self) -> int:
        """Connections made so far."""
        return self._pool.opened

    @property
    def sent(self) -> int:
        """Requests sent so far."""
        return self._pool.sent

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()
        if self._streams is not None:
            await self._streams.close()

    async def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        operation: Operation,
        accept: str = "application/json",
        deadline: float | None = None,
        abandoned: Callable[[Operation], None] | None = None,
        once: bool = False,
        backend: Backend | None = None,
    ) -> Answer:
        """GET ``path``, again where the retry policy says so, and never after ``deadline`` (``time.monotonic()``).

        With ``once`` a failure is final: for what is good to have and nobody should wait for. ``backend`` is who
        answers, where that is not the server itself.

        What the server, the network or an exec plugin did comes back as ``Answer.error``; only cancellation is
        raised, and ``abandoned`` is then told what had been done. The phases of ``operation`` are summed over all
        attempts; ``total`` also holds the pauses between.
        """
        tally = Tally(time.perf_counter())
        try:
            call = Call(_url(path, query), accept, deadline, kind=kind_of(operation), once=once, backend=backend)
            return await self._answered(call, operation, tally)
        except asyncio.CancelledError:
            if abandoned:
                abandoned(tally.onto(operation, "cancelled"))
            raise

    async def review(
        self, path: str, question: bytes, *, operation: Operation, deadline: float | None = None
    ) -> Answer:
        """POST a question about who asks, in JSON; everything else is as in ``get``.

        Raises ValueError for a path that is no review's: nothing is ever written to a cluster.
        """
        if not path.startswith(REVIEWS):
            raise ValueError(path)
        call = Call(path, "application/json", deadline, question, kind_of(operation))
        return await self._answered(call, operation, Tally(time.perf_counter()))

    async def converse(
        self,
        path: str,
        query: Sequence[tuple[str, str]],
        listener: Listener,
        *,
        operation: Operation,
        deadline: float | None = None,
    ) -> Answer:
        """Ask ``path`` for a WebSocket and let ``listener`` hear what comes; once, and all else is as in ``get``.

        The answer has no body. Whether everything came that was due is the listener's to know.
        """
        url = f"{quote(path, safe='/')}?{urlencode(query, quote_via=quote)}"
        call = Call(url, "", deadline, kind=kind_of(operation), once=True, listener=listener)
        return await self._answered(call, operation, Tally(time.perf_counter()))

    async def watch(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        operation: Operation,
        told: Callable[[Operation], None] = lambda _: None,
    ) -> Stream:
        """Begin a watch, on a connection of its own, beyond ``concurrency``. Raises KubeError.

        It is tried once, and once more with a renewed credential: when to try again is the caller's to say. ``told``
        gets ``operation`` when it is over, with what it took from the first wait to the last byte.
        """
        if self._streams is None:
            self._streams = Streams(self.target, gate=self._gate, identity=self.identity, patience=self._patience)
        return await self._streams.open(_url(path, query), operation, told)

    async def _answered(self, call: Call, operation: Operation, tally: Tally) -> Answer:
        body, error = await self._tried(call, operation, tally)
        return Answer(
            operation=tally.onto(operation, error.kind if error else ""),
            body=body,
            error=error,
            date=tally.headers.get("Date", ""),
        )

    async def _tried(self, call: Call, operation: Operation, tally: Tally) -> tuple[bytes, KubeError | None]:
        verb = "create" if call.question else _VERBS.get(operation.kind, "read")
        asked = Asked(self.target, verb, operation.resource, operation.namespace)
        renewed = False
        attempt = 1
        while True:
            failure = await self._attempt(asked, call, tally)
            if failure is None:
                return tally.body, None
            if tally.status == 401 and not renewed and await self.identity.renewed(tally.given, call.deadline):
                renewed = True
                continue
            if call.once:
                return b"", failure.error
            pause = self._retry.delay(attempt, failure.error.retry_after)
            late = call.deadline is not None and time.monotonic() + pause >= call.deadline
            if late or not self._retry.allows(attempt, tally.status, failure.cause):
                return b"", failure.error
            await asyncio.sleep(pause)
            attempt += 1

    async def _attempt(self, asked: Asked, call: Call, tally: Tally) -> Failure | None:
        """One attempt: None where ``tally.body`` is the answer."""
        import aiohttp

        began = time.perf_counter()
        tally.start()
        left = None if call.deadline is None else call.deadline - time.monotonic()
        if left is not None and left <= 0:
            return from_exception(asked, TimeoutError(), waited=0.0, stage="start")
        try:
            async with asyncio.timeout(left), self._slots:
                tally.queue += time.perf_counter() - began
                tally.stage = "credential"
                tally.given = await self.identity.current()
                tally.credential = self.identity.shown(tally.given)
                tally.stage = "permit"
                permit = time.perf_counter()
                try:
                    tally.allowed = await self._gate.acquire(call.kind)
                finally:
                    tally.permit += time.perf_counter() - permit
                await self._exchange(call, tally)
        except (ConfigError, aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError, OSError) as error:
            asked = replace(asked, credential=tally.credential)
            return from_exception(asked, error, waited=time.perf_counter() - began, stage=tally.stage)
        asked = replace(asked, credential=tally.credential)
        if tally.status not in (UPGRADED if call.listener else GOOD):
            return Failure(from_status(asked, tally.status, tally.headers, tally.body))
        if call.listener:
            return None
        wrong = wrong_content(asked, tally.headers.get("Content-Type", ""), tally.body, text=call.accept == TEXT)
        return Failure(wrong) if wrong else None

    async def _exchange(self, call: Call, tally: Tally) -> None:
        async def renew() -> None:
            tally.allowed = await self._gate.acquire(call.kind)

        backend = call.backend
        good_until = time.perf_counter() + tally.allowed.good_for
        exchange = Exchange(renew=renew, good_until=good_until, most=backend.most if backend else 0)
        try:
            if call.listener:
                async with asyncio.timeout(call.listener.seconds):
                    await self._pool.converse(exchange, call.url, tally.credential, call.listener)
                return
            async with asyncio.timeout(backend.patience if backend else None):
                await self._pool.send(exchange, call.url, tally.credential, call.accept, call.question)
        finally:
            tally.add(exchange)
            if backend is None or exchange.status == 429:
                self._gate.report(
                    Answered(
                        status=exchange.status,
                        seconds=max(exchange.first_byte - exchange.busy, 0.0),
                        retry_after=retry_after(exchange.headers),
                        kind=call.kind,
                        size=len(exchange.body),
                    )
                )


def _url(path: str, query: Mapping[str, str] | None) -> str:
    return quote(path, safe="/") + (f"?{urlencode(query, quote_via=quote)}" if query else "")


_VERBS = {"list": "list", "exec": "use"}
"""What an operation of a kind does, in words; all others read."""
