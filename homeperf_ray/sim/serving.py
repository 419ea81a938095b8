"""The server's TLS, whose certificate can expire while it serves."""

from __future__ import annotations

import ssl
from pathlib import Path

from homeperf_ray.sim.certificates import Authority


class Serving:
    """``context`` is what the server listens with. Each new connection gets the certificate of its time."""

    def __init__(self, authority: Authority, directory: Path) -> None:
        self.context = authority.server_context(directory)
        self._expired = authority.server_context(directory, expired=True)
        self._current = self.context
        self.context.sni_callback = self._choose

    def expire(self, expired: bool) -> None:
        """Show new connections a certificate that has expired, or the good one again."""
        self._current = self._expired if expired else self.context

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _asked: ssl.SSLContext) -> None:
        connection.context = self._current
