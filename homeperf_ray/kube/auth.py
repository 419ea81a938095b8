"""Who asks: where a credential comes from, and how it is renewed.

A *source* is what the kubeconfig says (a frozen value, masked); ``source.open()`` gives *credentials*, which live as
long as a connection and know when to read or run their source again.
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

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


@dataclass(frozen=True)
class LegacyProvider:
    """A kubeconfig's ``auth-provider`` (OIDC, GCP), left to the ``kubernetes`` package, which loads only for it.

    An ID token that it had to refresh is written back to the kubeconfig, as kubectl does: where the identity
    provider rotates refresh tokens, the old one no longer works, and the user would be logged out.
    """

    user: str
    file: Path
    name: str
    config: Mapping[str, Any] = field(repr=False)

    def open(self) -> Credentials:
        return _LegacyCredentials(self)

    def material(self) -> bytes:
        stable = {key: self.config.get(key) for key in ("idp-issuer-url", "client-id", "cmd-path")}
        return f"{self.name} {self.user} {self.file} {stable}".encode()


class _LegacyCredentials:
    def __init__(self, source: LegacyProvider) -> None:
        self._source = source
        self._config = dict(source.config)
        self._credential: Credential | None = None
        self._read_at = 0.0
        self._lock = asyncio.Lock()

    async def current(self) -> Credential:
        async with self._lock:
            if self._credential is None or time.monotonic() - self._read_at >= REREAD_SECONDS:
                self._credential = await asyncio.to_thread(self._load)
                self._read_at = time.monotonic()
            return self._credential

    async def renew(self, rejected: Credential) -> bool:
        return False

    def _load(self) -> Credential:
        from kubernetes.client import Configuration
        from kubernetes.config.kube_config import KubeConfigLoader

        source = self._source
        if source.name == "oidc" and not any(key.startswith("idp-certificate-authority") for key in self._config):
            self._config["idp-certificate-authority"] = _system_roots()
        before = dict(self._config)
        document = {
            "current-context": "one",
            "contexts": [{"name": "one", "context": {"cluster": "one", "user": "one"}}],
            "clusters": [{"name": "one", "cluster": {"server": ""}}],
            "users": [{"name": "one", "user": {"auth-provider": {"name": source.name, "config": self._config}}}],
        }
        configuration = Configuration()
        try:
            loader: Any = KubeConfigLoader(document, config_base_path=str(source.file.parent))  # type: ignore[no-untyped-call]
            loader.load_and_set(configuration)
        except Exception as error:  # noqa: BLE001 - the package raises whatever its libraries raise, secrets included
            raise self._unusable(f"failed ({type(error).__name__})") from None
        token = configuration.api_key.get("BearerToken")
        if not token:
            raise self._unusable("gave no token")
        changed = {key: value for key, value in self._config.items() if before.get(key) != value}
        if changed:
            _store(source, changed)
        return Credential(Secret(token))

    def _unusable(self, what: str) -> ConfigError:
        message = f"{self._source.file}: the auth-provider {self._source.name!r} of user {self._source.user!r} {what}"
        return ConfigError(
            message,
            "Log in again with the tool that wrote it, or use an exec plugin such as kubelogin or "
            "gke-gcloud-auth-plugin: kubectl itself has given up most auth-providers.",
        )


def _system_roots() -> str:
    import ssl

    return ssl.get_default_verify_paths().cafile or ""


def _store(source: LegacyProvider, changed: Mapping[str, Any]) -> None:
    """Write refreshed tokens back, whole or not at all; a kubeconfig that cannot be written stays as it is."""
    import contextlib
    import tempfile

    import yaml

    with contextlib.suppress(OSError, yaml.YAMLError, KeyError, TypeError, StopIteration):
        target = source.file.resolve()
        document = yaml.safe_load(target.read_text(encoding="utf-8"))
        entry = next(user for user in document["users"] if user["name"] == source.user)
        entry["user"]["auth-provider"]["config"].update(changed)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".homeperf-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                yaml.safe_dump(document, file, sort_keys=False)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
