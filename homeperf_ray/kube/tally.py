"""The tally: what the attempts of one call add up to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from homeperf_ray.kube.backend import Backend
from homeperf_ray.kube.credentials import NOBODY, Credential
from homeperf_ray.kube.gate import UNLIMITED, Permit
from homeperf_ray.kube.pool import Exchange
from homeperf_ray.timings.operation import Operation

if TYPE_CHECKING:
    from homeperf_ray.kube.upgrade import Listener


@dataclass(frozen=True)
class Call:
    """One exchange: a GET, a POST where there is a ``question``, a WebSocket where there is a ``listener``."""

    url: str
    accept: str
    deadline: float | None
    question: bytes = b""
    kind: str = ""
    once: bool = False
    backend: Backend | None = None
    listener: Listener | None = None


def kind_of(operation: Operation) -> str:
    """The kind of request as budgets tell them apart."""
    return f"{operation.kind} {operation.resource}"


@dataclass
class Tally:
    """What the attempts of one GET add up to, and how the last of them ended."""

    began: float
    queue: float = 0.0
    permit: float = 0.0
    connect: float = 0.0
    first_byte: float = 0.0
    transfer: float = 0.0
    size: int = 0
    sent: int = 0
    throttled: int = 0
    status: int = 0
    stage: str = "queue"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    given: Credential = NOBODY
    credential: Credential = NOBODY
    allowed: Permit = UNLIMITED

    def start(self) -> None:
        self.status, self.stage, self.body, self.headers = 0, "queue", b"", {}

    def add(self, exchange: Exchange) -> None:
        self.permit += exchange.permit
        self.connect += exchange.connect
        self.first_byte += exchange.first_byte
        self.transfer += exchange.transfer
        self.size += len(exchange.body)
        self.sent += exchange.sent
        self.throttled += exchange.status == 429
        self.status, self.stage = exchange.status, exchange.stage
        self.headers, self.body = exchange.headers, exchange.body

    def onto(self, operation: Operation, error: str) -> Operation:
        """The operation with everything that was measured."""
        return msgspec.structs.replace(
            operation,
            queue=self.queue,
            permit=self.permit,
            connect=self.connect,
            first_byte=self.first_byte,
            transfer=self.transfer,
            total=time.perf_counter() - self.began,
            bytes=self.size,
            sent=self.sent,
            retries=max(self.sent - 1, 0),
            throttled=self.throttled,
            rate=self.allowed.rate,
            slowed=self.allowed.slowed,
            status=self.status,
            error=error,
        )
