"""Leases: how one budget is shared by workers that are elsewhere, and what they say to each other about it."""

from __future__ import annotations

import msgspec

EXPIRY = 0.25
"""Seconds within which a permit reaches the server or is lost. An idle worker cannot save up a burst."""

ON_THE_WAY = 0.05
"""Seconds of these that are left for the way to the server: a permit is used in the time before."""

MAX_LEASE = 256
"""Permits in one lease."""


class Budget(msgspec.Struct, frozen=True):
    """What a job allows one API server to see: ``qps`` a second and ``burst`` at once."""

    qps: float
    burst: int


class Ask(msgspec.Struct, frozen=True):
    """One question of one client. The client numbers its asks, so that one that is repeated is granted once.

    ``waited`` is the time in seconds that its requests have waited for permits since its last question.
    """

    client: str
    number: int
    wanted: int
    waited: float = 0.0
    origin: str = ""
    """The server as people know it."""


class Sign(msgspec.Struct, frozen=True):
    """A sign of trouble that a client has met: ``why`` is ``429``, ``503`` or ``latency``; ``by`` the kind of request.

    ``age`` is how long ago, in seconds, the request left; ``pause`` for how long nothing is to be sent.
    """

    why: str
    by: str = ""
    age: float = 0.0
    pause: float = 0.0
    asked: bool = False
    """The server itself said for how long."""


class Lease(msgspec.Struct, frozen=True):
    """Permits that are spent one after another.

    The first may be used ``delay`` seconds after the lease was granted, each further one ``spacing`` seconds after the
    one before, and each for ``EXPIRY`` seconds. With no permits: ask again after ``delay``. ``rate`` is what is in
    force, a second; ``slowed`` is why it is less than the budget, empty where it is all of it.
    """

    permits: int
    delay: float = 0.0
    spacing: float = 0.0
    rate: float = 0.0
    slowed: str = ""


class BudgetState(msgspec.Struct, frozen=True, kw_only=True):
    """One server's budget as ``homeperf status`` shows it. Rates are requests a second, times seconds."""

    server: str
    qps: float
    burst: int
    rate: float
    slowed: str = ""
    by: str = ""
    lowered_ago: float = 0.0
    lowered: int = 0
    paused: float = 0.0
    permits: int = 0
    waited: float = 0.0
    clients: int = 0
    asked_ago: float = 0.0
    alone: str = ""
    """Why it is shared with no other process of this user; empty where it is shared."""
