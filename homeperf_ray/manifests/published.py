"""Kubernetes' own schemas as an API server publishes them at ``/openapi/v2``."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from homeperf_ray.kube.own_file import read_own
from homeperf_ray.manifests.apis import is_builtin

_KINDS = "x-kubernetes-group-version-kind"


class _Api(msgspec.Struct, frozen=True):
    group: str
    version: str
    kind: str


class _Named(msgspec.Struct):
    apis: list[_Api] = msgspec.field(name=_KINDS, default_factory=list)


class _Document(msgspec.Struct):
    definitions: dict[str, msgspec.Raw]


def of_kubernetes(document: bytes) -> bytes:
    """The definitions of Kubernetes itself in a document, as JSON to keep. Raises msgspec.MsgspecError."""
    found = msgspec.json.decode(document, type=_Document).definitions
    return msgspec.json.encode({name: raw for name, raw in found.items() if name.startswith("io.k8s.")})


class Published:
    """The schemas of one version, from a file of definitions that was kept; it answers as ``Bundled`` does."""

    def __init__(self, version: str, file: str) -> None:
        self.version = version
        self.fingerprint = f"{version}-{file}"
        self._file = file
        self._definitions: dict[str, dict[str, Any]] = {}

    def prepare(self) -> None:
        """Read the file now, before this process is divided."""
        _ = self._apis

    def definition(self, name: str) -> dict[str, Any]:
        """A definition by its name; an empty schema where there is none."""
        if name not in self._definitions:
            raw = self._raw.get(name)
            self._definitions[name] = msgspec.json.decode(raw) if raw is not None else {}
        return self._definitions[name]

    def find(self, group: str, version: str, kind: str) -> dict[str, Any] | None:
        """The schema of a kind; None where this version of Kubernetes has none."""
        name = self._apis.get(_Api(group, version, kind))
        return {"$ref": f"#/definitions/{name}"} if name else None

    def elsewhere(self, kind: str) -> list[str]:
        """The group and version of every kind of this name, in any case: ``apps/v1 Deployment``."""
        found = sorted((api for api in self._apis if api.kind.lower() == kind.lower()), key=lambda api: api.group)
        return [f"{api.group}/{api.version} {api.kind}".removeprefix("/") for api in found]

    def kinds(self) -> list[str]:
        """The names of all kinds."""
        return sorted({api.kind for api in self._apis})

    @cached_property
    def _raw(self) -> dict[str, msgspec.Raw]:
        data = read_own(Path(self._file))
        return msgspec.json.decode(data, type=dict[str, msgspec.Raw]) if data else {}

    @cached_property
    def _apis(self) -> dict[_Api, str]:
        found: dict[_Api, str] = {}
        for name, raw in self._raw.items():
            if _KINDS.encode() in bytes(raw):
                apis = msgspec.json.decode(raw, type=_Named).apis
                if len(apis) == 1 and is_builtin(apis[0].group):
                    found[apis[0]] = name
        return found
