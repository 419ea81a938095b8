"""What a worker's pool of connections is doing, as a value."""

from __future__ import annotations

import msgspec


class PoolState(msgspec.Struct, frozen=True):
    """One pool of keep-alive connections: who uses it now, the connections it has made, and the requests it sent."""

    server: str
    context: str
    users: int
    opened: int
    sent: int
