"""The certificates that the ingress controller shows: a good one a host, and one for every fault."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from random import SystemRandom

from homeperf_ray.sim.certificates import Authority

_DAY = 1.0
_DISTINCT = 100
"""After so many certificates, hosts of one domain share a wildcard's: signing costs time."""

_KEPT = 2_000
"""Contexts that are kept."""


class Certificates:
    """TLS contexts by host and fault, made when they are first wanted. ``pem`` is the authority to trust."""

    def __init__(self, directory: Path, now: datetime) -> None:
        self._directory = directory
        self._authority = Authority("homelab ingress CA", SystemRandom(), now)
        self._stranger = Authority("Somebody Else CA", SystemRandom(), now)
        self._made: dict[tuple[str, str], ssl.SSLContext] = {}
        self.pem = self._authority.pem

    def context(self, host: str, fault: str = "") -> ssl.SSLContext:
        """What a server of this host shows."""
        key = (host, fault)
        if not fault and key not in self._made and len(self._made) >= _DISTINCT:
            key = (f"*.{host.partition('.')[2]}", "")
        if key not in self._made:
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[key] = self._new(*key)
        return self._made[key]

    def _new(self, host: str, fault: str) -> ssl.SSLContext:
        name = host or "ingress.local"
        parent = name.partition(".")[2] or name
        issue = self._authority.issue
        made: dict[str, Callable[[], tuple[bytes, bytes]]] = {
            "expired": lambda: issue(name, names=[name], addresses=[], days=-_DAY / 24, age=90),
            "ending": lambda: issue(name, names=[name], addresses=[], days=3, age=87),
            "not-yet": lambda: issue(name, names=[name], addresses=[], days=90, age=-1),
            "self-signed": lambda: issue(name, names=[name], addresses=[], days=90, self_signed=True),
            "unknown-ca": self._of_a_stranger(name, sent=True),
            "no-chain": self._of_a_stranger(name, sent=False),
            "other-name": lambda: issue("other.example", names=["other.example"], addresses=[], days=90),
            "wildcard": lambda: issue(f"*.{parent}", names=[f"*.{parent}"], addresses=[], days=90),
        }
        good = lambda: issue(name, names=[name], addresses=["127.0.0.1"], days=90)  # noqa: E731
        public, private = made.get(fault, good)()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if fault == "old-version":
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings(action="ignore"):
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
        if fault == "client-certificate":
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self.pem.decode())
        path = self._directory / "edge.pem"
        path.touch(mode=0o600)
        try:
            path.write_bytes(public + private)
            context.load_cert_chain(path)
        finally:
            path.unlink()
        return context

    def _of_a_stranger(self, name: str, *, sent: bool) -> Callable[[], tuple[bytes, bytes]]:
        def made() -> tuple[bytes, bytes]:
            public, private = self._stranger.issue(name, names=[name], addresses=[], days=90)
            return (public + self._stranger.pem if sent else public), private

        return made
