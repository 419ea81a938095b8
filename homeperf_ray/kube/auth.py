"""The ``auth-provider`` of old kubeconfigs: the one place where the ``kubernetes`` package is used."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homeperf_ray.kube.credentials import REREAD_SECONDS, Credential, Credentials
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.secret import Secret


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
