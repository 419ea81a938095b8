"""The kubeconfigs that lead to the homelab."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from homeperf_ray.sim.users import User


def write(path: Path, *, server: str, authority: bytes, users: dict[str, tuple[User, str]]) -> None:
    """Write a kubeconfig of mode 0600 with one context a user: {context: (user, namespace)}; the first is current."""
    entries = {context: (user.name, {"token": user.token}, namespace) for context, (user, namespace) in users.items()}
    _write(path, server, authority, entries)


def write_certified(path: Path, *, server: str, authority: bytes, certificates: dict[str, tuple[bytes, bytes]]) -> None:
    """Write a kubeconfig of mode 0600 with one context a client certificate: {context: (certificate, key)}, as PEM."""
    entries = {
        context: (
            context,
            {"client-certificate-data": _encoded(certificate), "client-key-data": _encoded(key)},
            "",
        )
        for context, (certificate, key) in certificates.items()
    }
    _write(path, server, authority, entries)


def _write(path: Path, server: str, authority: bytes, users: dict[str, tuple[str, dict[str, str], str]]) -> None:
    import yaml

    cluster = {"server": server, "certificate-authority-data": _encoded(authority)}
    contexts: list[dict[str, Any]] = [
        {
            "name": context,
            "context": {
                "cluster": "homelab",
                "user": name,
                **({"namespace": namespace} if namespace else {}),
            },
        }
        for context, (name, _, namespace) in users.items()
    ]
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "homelab", "cluster": cluster}],
        "contexts": contexts,
        "current-context": next(iter(users)),
        "users": [{"name": name, "user": credentials} for name, credentials, _ in users.values()],
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file, sort_keys=False)


def _encoded(pem: bytes) -> str:
    return base64.b64encode(pem).decode()
