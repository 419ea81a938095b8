"""The kubeconfig that leads to the homelab."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from homeperf_ray.sim.users import User


def write(path: Path, *, server: str, authority: bytes, users: dict[str, tuple[User, str]]) -> None:
    """Write a kubeconfig of mode 0600 with one context a user: {context: (user, namespace)}; the first is current."""
    import yaml

    cluster = {"server": server, "certificate-authority-data": base64.b64encode(authority).decode()}
    contexts = [
        {
            "name": context,
            "context": {
                "cluster": "homelab",
                "user": user.name,
                **({"namespace": namespace} if namespace else {}),
            },
        }
        for context, (user, namespace) in users.items()
    ]
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "homelab", "cluster": cluster}],
        "contexts": contexts,
        "current-context": next(iter(users)),
        "users": [{"name": user.name, "user": {"token": user.token}} for user, _ in users.values()],
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yaml.safe_dump(config, file, sort_keys=False)
