"""Leases: how one budget is shared by workers that are elsewhere."""

from __future__ import annotations

import msgspec

EXPIRY = 0.25
"""Seconds for which a permit may be used. An idle worker cannot save up a burst."""

MAX_LEASE = 64
"""Permits in one lease."""


class Budget(msgspec.Struct, frozen=True):
    """What a job allows one API server to see: ``qps`` a second and ``burst`` at once."""

    qps: float
    burst: int


class Ask(msgspec.Struct, frozen=True):
    """One question of one client. The client numbers its asks, so that one that is repeated is granted once."""

    client: str
    number: int
    wanted: int


class Lease(msgspec.Struct, frozen=True):
    """Permits that are spent one after another.

    The first may be used ``delay`` seconds after the lease was granted, each further one ``spacing`` seconds after the
    one before, and each for ``EXPIRY`` seconds. With no permits: ask again after ``delay``.
    """

    permits: int
    delay: float = 0.0
    spacing: float = 0.0
