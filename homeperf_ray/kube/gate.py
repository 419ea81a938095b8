"""The protocol by which a connection asks for permission to send; the limits room has the implementations."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol


class Permit(NamedTuple):
    """Permission for one request. ``rate`` is what is in force, requests a second, 0 where there is no limit.

    ``slowed`` is why that is less than the budget (``429``, ``503``, ``latency``), empty where it is all of it.
    ``good_for`` is for how many seconds from now on the request may still leave.
    """

    rate: float = 0.0
    slowed: str = ""
    good_for: float = math.inf


UNLIMITED = Permit()


class Answered(NamedTuple):
    """How the server answered one request.

    ``status`` is 0 where there was no answer, ``seconds`` the time to the first byte on a connection that was there,
    without what this process spent on other things meanwhile; ``kind`` is a verb and a resource, ``size`` the bytes of
    the answer.
    """

    status: int
    seconds: float = 0.0
    retry_after: float | None = None
    kind: str = ""
    size: int = 0


class Gate(Protocol):
    """One budget for one API server. Every HTTP request, retries and pages included, passes it once."""

    async def acquire(self, kind: str = "") -> Permit:
        """Wait until one request of this kind may be sent. A permit is to be used at once."""
        ...

    def report(self, answered: Answered) -> None:
        """Tell the budget how the server answered."""
        ...


class OpenGate:
    """A gate that never waits."""

    async def acquire(self, kind: str = "") -> Permit:
        return UNLIMITED

    def report(self, answered: Answered) -> None:
        pass
