"""Streams: watches as they are opened, each on a connection of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import msgspec

from homeperf_ray.kube.answered import from_status, retry_after
from homeperf_ray.kube.asked import Asked
from homeperf_ray.kube.errors import ConfigError, KubeError
from homeperf_ray.kube.gate import Answered, Gate
from homeperf_ray.kube.identity import Identity
from homeperf_ray.kube.pool import GOOD, Exchange, Pool
from homeperf_ray.kube.stream import WATCH_SILENCE, Stream
from homeperf_ray.kube.tally import Tally, kind_of
from homeperf_ray.kube.target import Target
from homeperf_ray.kube.unanswered import from_exception
from homeperf_ray.timings.operation import Operation

Told = Callable[[Operation], None]
"""Is told of what was done, when it is over."""


class Streams:
    """Opens any number of streams to one server for one identity; each start passes ``gate`` once.

    ``patience`` (seconds) bounds connecting and the wait for an answer.
    """

    def __init__(self, target: Target, *, gate: Gate, identity: Identity, patience: float) -> None:
        self._target = target
        self._gate = gate
        self._identity = identity
        self._patience = patience
        self._pool = Pool(target, concurrency=0, timeout=patience)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def open(self, url: str, operation: Operation, told: Told) -> Stream:
        """Begin one, and once more with a renewed credential where the first is rejected. Raises KubeError.

        ``told`` gets ``operation`` with its phases when the stream is closed, or could not be opened.
        """
        tally = Tally(time.perf_counter(), stage="credential")
        asked = Asked(self._target, operation.kind, operation.resource, operation.namespace)
        try:
            opened = await self._attempt(asked, url, tally, operation, told)
            rejected = isinstance(opened, KubeError) and tally.status == 401
            if rejected and await self._identity.renewed(tally.given, None):
                opened = await self._attempt(asked, url, tally, operation, told)
        except asyncio.CancelledError:
            told(tally.onto(operation, "cancelled"))
            raise
        if isinstance(opened, KubeError):
            told(tally.onto(operation, opened.kind))
            raise opened
        return opened

    async def _attempt(
        self, asked: Asked, url: str, tally: Tally, operation: Operation, told: Told
    ) -> Stream | KubeError:
        import aiohttp

        async def renew() -> None:
            tally.allowed = await self._gate.acquire(kind_of(operation))

        exchange, began = Exchange(renew=renew), time.perf_counter()
        tally.start()
        tally.stage = "credential"
        try:
            tally.given = await self._identity.current()
            tally.credential = self._identity.shown(tally.given)
            asked = replace(asked, credential=tally.credential)
            tally.stage = "permit"
            tally.allowed = await self._gate.acquire(kind_of(operation))
            now = time.perf_counter()
            tally.permit += now - began
            exchange.good_until = now + tally.allowed.good_for
            try:
                async with asyncio.timeout(self._patience):
                    response = await self._pool.stream(
                        exchange, url, tally.credential, "application/json", WATCH_SILENCE
                    )
            finally:
                tally.add(exchange)
                waited = retry_after(exchange.headers)
                self._gate.report(Answered(exchange.status, exchange.first_byte, waited, kind_of(operation)))
        except (ConfigError, aiohttp.ClientError, aiohttp.http_exceptions.HttpProcessingError, OSError) as error:
            return from_exception(asked, error, waited=time.perf_counter() - began, stage=tally.stage).error
        if exchange.status not in GOOD:
            return from_status(asked, exchange.status, exchange.headers, exchange.body)
        return Stream(response, asked, partial(_over, tally, operation, told))


def _over(tally: Tally, operation: Operation, told: Told, size: int, lines: int, seconds: float, error: str) -> None:
    done = tally.onto(operation, error)
    told(msgspec.structs.replace(done, transfer=seconds, bytes=size, items=lines))
