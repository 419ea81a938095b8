"""Kubernetes' own schemas, as data of the package ``kubernetes-validate``, which is never imported."""

from __future__ import annotations

import importlib.util
import re
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec

_FOLDER = re.compile(r"v(1\.\d+)\.0-local")


class _Definitions(msgspec.Struct):
    defs: dict[str, msgspec.Raw] = msgspec.field(name="$defs")


@cache
def _root() -> Path:
    found = importlib.util.find_spec("kubernetes_validate")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "kubernetes-json-schema"


@cache
def versions() -> tuple[str, ...]:
    """The versions that are carried, oldest first: ``1.25`` ... ``1.37``."""
    found = [match.group(1) for one in _root().iterdir() if (match := _FOLDER.fullmatch(one.name))]
    return tuple(sorted(found, key=lambda version: int(version.partition(".")[2])))


class Bundled:
    """The schemas of one version. Only the kinds that are asked for are read."""

    def __init__(self, version: str) -> None:
        self.version = version
        self._folder = _root() / f"v{version}.0-local"
        self._definitions: dict[str, dict[str, Any]] = {}

    @cached_property
    def fingerprint(self) -> str:
        """What identifies these schemas."""
        stat = (self._folder / "_definitions.json").stat()
        return f"{self.version}-{stat.st_size}-{stat.st_mtime_ns}"

    @cached_property
    def _raw(self) -> dict[str, msgspec.Raw]:
        return msgspec.json.decode((self._folder / "_definitions.json").read_bytes(), type=_Definitions).defs

    @cached_property
    def _kinds(self) -> dict[str, str]:
        """File names without ``.json`` by themselves in lower case: ``deployment-apps-v1``."""
        return {one.name[:-5]: one.name for one in self._folder.iterdir()}

    def prepare(self) -> None:
        """Read what every kind needs, before this process is divided."""
        _ = self._raw

    def definition(self, name: str) -> dict[str, Any]:
        """A definition by its name; an empty schema where there is none."""
        if name not in self._definitions:
            raw = self._raw.get(name)
            self._definitions[name] = msgspec.json.decode(raw) if raw is not None else {}
        return self._definitions[name]

    def find(self, group: str, version: str, kind: str) -> dict[str, Any] | None:
        """The schema of a kind; None where this version of Kubernetes has none."""
        first = group.partition(".")[0]
        file = self._folder / f"{kind.lower()}-{f'{first}-' if first else ''}{version}.json"
        if not re.fullmatch(r"[\w.-]+", file.name) or not file.is_file():
            return None
        schema: dict[str, Any] = msgspec.json.decode(file.read_bytes())
        properties = schema.get("properties", {})
        wanted = f"{group}/{version}" if group else version
        fits = wanted in properties.get("apiVersion", {}).get("enum", ()) and kind in properties.get("kind", {}).get(
            "enum", ()
        )
        return schema if fits else None

    def elsewhere(self, kind: str) -> list[str]:
        """The group and version of every kind of this name, in any case: ``apps/v1 Deployment``."""
        prefix = f"{kind.lower()}-"
        found = []
        for name in sorted(self._kinds):
            if name.startswith(prefix) and "-" not in name[len(prefix) :].replace("-v", "", 1).replace("v", "", 1):
                properties = msgspec.json.decode((self._folder / self._kinds[name]).read_bytes()).get("properties", {})
                api = properties.get("apiVersion", {}).get("enum", ())
                kinds = properties.get("kind", {}).get("enum", ())
                found += [f"{one} {other}" for one in api for other in kinds]
        return found

    def kinds(self) -> list[str]:
        """The names of all kinds."""
        named = {
            name.rpartition(".")[2]
            for name, raw in self._raw.items()
            if b"x-kubernetes-group-version-kind" in bytes(raw)
        }
        return sorted(named)
