"""The protocol by which a connection asks for permission to send; the limits room has the implementations."""

from __future__ import annotations

from typing import Protocol


class Gate(Protocol):
    """One budget for one API server. Every HTTP request, retries and pages included, passes it once."""

    async def acquire(self) -> float:
        """Wait until one request may be sent; the seconds waited."""
        ...

    def report(self, status: int, seconds: float, retry_after: float | None) -> None:
        """Tell the budget how the server answered: status (0: no answer), time to first byte, ``Retry-After``."""
        ...


class OpenGate:
    """A gate that never waits."""

    async def acquire(self) -> float:
        return 0.0

    def report(self, status: int, seconds: float, retry_after: float | None) -> None:
        pass
