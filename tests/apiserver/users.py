"""Kubeconfigs of the users of a server, each in a file of mode 0600 that needs no other file."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from tests.apiserver.pki import Authority, write_secret

LIMITED = "limited"
VISITOR = "visitor"


class Users:
    """Who may come: each attribute is the path of a kubeconfig with one context, named as the user is."""

    def __init__(self, folder: Path, url: str, authority: Authority, tokens: Mapping[str, str]) -> None:
        self._folder = folder
        self._cluster = {"server": url, "certificate-authority-data": _encoded(authority.path)}
        self._authority = authority
        self._tokens = dict(tokens)

    @cached_property
    def admin(self) -> Path:
        """An administrator by token."""
        return self._file("admin", {"token": self._tokens["admin"]})

    @cached_property
    def limited(self) -> Path:
        """A user by token who may list pods and claims in two namespaces, and nothing else."""
        return self._file(LIMITED, {"token": self._tokens[LIMITED]})

    @cached_property
    def visitor(self) -> Path:
        """A user by token who may list the namespaces, and pods and claims in two of them."""
        return self._file(VISITOR, {"token": self._tokens[VISITOR]})

    @cached_property
    def certified(self) -> Path:
        """An administrator by client certificate."""
        return self._file("certified", self._certificate("certified"))

    @cached_property
    def newcomer(self) -> Path:
        """A user by client certificate, ``newcomer``, who may do nothing until a role is bound to him."""
        certificate, key = self._authority.client("newcomer", "readers")
        return self._file("newcomer", _data(certificate, key))

    @cached_property
    def expired(self) -> Path:
        """An administrator whose client certificate ended an hour ago."""
        return self._file("expired", self._certificate("expired", expired=True))

    @cached_property
    def unknown(self) -> Path:
        """Somebody whose token the server has never heard of."""
        return self._file("unknown", {"token": "nonsense"})

    def write(self, path: Path) -> None:
        """Write one kubeconfig with a context each for ``admin`` (the current one), ``certified`` and the others."""
        users = {name: {"token": token} for name, token in self._tokens.items()}
        self._write(path, {**users, "certified": self._certificate("certified")})

    def _file(self, name: str, user: dict[str, Any]) -> Path:
        path = self._folder / f"{name}.kubeconfig"
        self._write(path, {name: user})
        return path

    def _certificate(self, name: str, *, expired: bool = False) -> dict[str, str]:
        certificate, key = self._authority.client(name, "system:masters", expired=expired)
        return _data(certificate, key)

    def _write(self, path: Path, users: dict[str, Any]) -> None:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": next(iter(users)),
            "clusters": [{"name": "genuine", "cluster": self._cluster}],
            "users": [{"name": name, "user": user} for name, user in users.items()],
            "contexts": [{"name": name, "context": {"cluster": "genuine", "user": name}} for name in users],
        }
        write_secret(path, yaml.safe_dump(config))


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _data(certificate: Path, key: Path) -> dict[str, str]:
    return {"client-certificate-data": _encoded(certificate), "client-key-data": _encoded(key)}
