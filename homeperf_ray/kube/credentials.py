"""Who asks: where a credential comes from, and how it is renewed.

A *source* is what the kubeconfig says (a frozen value, masked); ``source.open()`` gives *credentials*, which live as
long as a connection and know when to read or run their source again.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.secret import Secret
from homeperf_ray.kube.tls import ClientCertificate

REREAD_SECONDS = 60.0
"""A token file is read again after this long even if it looks unchanged."""


@dataclass(frozen=True)
class Credential:
    """What one request is sent with: the value of ``Authorization``, a client certificate, both or neither."""

    authorization: Secret | None = None
    certificate: ClientCertificate | None = None


NOBODY = Credential()
"""No credential at all."""


def bearer(token: str) -> Secret:
    """The value of ``Authorization`` for a token. Raises ValueError for one that no header can hold."""
    if not token.isascii() or not token.isprintable():
        raise ValueError
    return Secret(f"Bearer {token}")


class Credentials(Protocol):
    """Credentials that may change in the course of time."""

    async def current(self) -> Credential:
        """What to send now. Raises ConfigError where there is nothing to send."""
        ...

    async def renew(self, rejected: Credential) -> bool:
        """The server answered 401 to ``rejected``: whether there is now something else to send."""
        ...


class Source(Protocol):
    """Where a credential comes from."""

    def open(self) -> Credentials:
        """Credentials for the life of a connection."""
        ...

    def material(self) -> bytes:
        """What sets this identity apart from others; it is only ever hashed."""
        ...


@dataclass(frozen=True)
class Fixed:
    """A token that does not change, a user with a password, or nobody at all."""

    authorization: Secret | None = None

    @classmethod
    def password(cls, user: str, password: str) -> Fixed:
        """A user name and a password."""
        return cls(Secret("Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()))

    def open(self) -> Credentials:
        return _FixedCredentials(Credential(self.authorization))

    def material(self) -> bytes:
        return self.authorization.reveal().encode() if self.authorization else b""


class _FixedCredentials:
    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    async def current(self) -> Credential:
        return self._credential

    async def renew(self, rejected: Credential) -> bool:
        return False


@dataclass(frozen=True)
class TokenFile:
    """A file with a bearer token that something else keeps fresh.

    ``first`` is an ``Authorization`` to use until the file can be read.
    """

    path: Path
    first: Secret | None = None

    def open(self) -> Credentials:
        return _FileCredentials(self)

    def material(self) -> bytes:
        found = self.read() or self.first
        return found.reveal().encode() if found else b""

    def read(self) -> Secret | None:
        """The ``Authorization`` that the file gives now; None where it is missing, empty or not a token."""
        try:
            token = self.path.read_text(encoding="utf-8").strip()
            return bearer(token) if token else None
        except (OSError, ValueError):
            return None


class _FileCredentials:
    def __init__(self, source: TokenFile) -> None:
        self._source = source
        self._credential = Credential(source.first) if source.first else None
        self._seen: tuple[int, int, int] | None = None
        self._read_at = -REREAD_SECONDS

    async def current(self) -> Credential:
        if time.monotonic() - self._read_at >= REREAD_SECONDS or self._stamp() != self._seen:
            self._reread()
        if self._credential is None:
            message = f"the token file {str(self._source.path)!r} is missing, unreadable or empty"
            raise ConfigError(message, "Put the token there or correct `tokenFile` of the user in the kubeconfig.")
        return self._credential

    async def renew(self, rejected: Credential) -> bool:
        self._reread()
        return self._credential is not None and self._credential != rejected

    def _reread(self) -> None:
        stamp = self._stamp()
        if authorization := self._source.read():
            self._credential = Credential(authorization)
        self._seen, self._read_at = stamp, time.monotonic()

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self._source.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
