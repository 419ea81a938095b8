"""Doorkeeper: how many may stand at a door that strangers can reach, and how often they may knock."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from homeperf_ray.limits.bucket import TokenBucket

CONNECTIONS = 64
"""At once, those that have shown the token included."""

STRANGERS = 16
"""At once, of those that have not shown the token yet. The others of ``CONNECTIONS`` are kept for who has."""

PER_PEER = 16
"""At once, from one address."""

KNOCKS = (20.0, 40)
"""Connections a second and at once from one address. Each is a TLS handshake, about a millisecond of a processor."""

FAILURE = 8
"""Knocks that a wrong token costs."""

PEERS = 1024
"""Addresses that are remembered."""


@dataclass
class _Peer:
    bucket: TokenBucket
    inside: int = 0


@dataclass(eq=False)
class Visit:
    """One connection, from the moment it is accepted."""

    peer: str
    known: bool = field(default=False)


class Doorkeeper:
    """Bounds connections before anything of them is read. The clock gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._peers: OrderedDict[str, _Peer] = OrderedDict()
        self._inside = self._strangers = 0

    def enter(self, address: str) -> Visit | None:
        """Let a connection in; None where it has to be closed at once."""
        name = _peer(address)
        now = self._clock()
        rate, burst = KNOCKS
        peer = self._peers.setdefault(name, _Peer(TokenBucket(rate, burst, burst, now)))
        self._peers.move_to_end(name)
        self._forget()
        full = self._inside >= CONNECTIONS or self._strangers >= STRANGERS or peer.inside >= PER_PEER
        if full or not peer.bucket.take(now):
            return None
        peer.inside += 1
        self._inside += 1
        self._strangers += 1
        return Visit(name)

    def know(self, visit: Visit) -> None:
        """It has shown the token."""
        visit.known = True
        self._strangers -= 1

    def failed(self, visit: Visit) -> None:
        """It has shown a wrong token: its address has to wait longer."""
        if peer := self._peers.get(visit.peer):
            peer.bucket.reserve(self._clock(), FAILURE)

    def leave(self, visit: Visit) -> None:
        """It is gone."""
        self._inside -= 1
        self._strangers -= not visit.known
        if peer := self._peers.get(visit.peer):
            peer.inside -= 1

    def _forget(self) -> None:
        """Forget the addresses that have been away for longest; one with open connections is kept."""
        for name in list(self._peers)[: len(self._peers) - PEERS]:
            if not self._peers[name].inside:
                del self._peers[name]


def _peer(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address, since whoever has one of it has all."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
