"""Where the schema of a kind comes from: Kubernetes, folders of schemas, CustomResourceDefinitions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from homeperf_ray.manifests.bundled import Bundled
from homeperf_ray.manifests.published import Published

Gvk = tuple[str, str, str]
"""Group, version and kind, the kind in lower case."""


class SchemaError(Exception):
    """A schema that was named and cannot be used; the message names the file."""


class Found(NamedTuple):
    """A schema; ``deprecated`` is what its definition says against using it."""

    schema: dict[str, Any]
    deprecated: str = ""


class Schemas:
    """All schemas of a run. ``extra`` come from CustomResourceDefinitions and win over files of the folders."""

    def __init__(
        self, bundled: Bundled | Published, folders: Iterable[Path] = (), extra: dict[Gvk, Found] | None = None
    ) -> None:
        self.bundled = bundled
        self._extra = dict(extra or {})
        self._files: dict[Gvk, Path] = {}
        self._found: dict[Gvk, Found | None] = {}
        stamps = [bundled.fingerprint]
        for folder in folders:
            stamps += self._index(folder)
        stamps += [
            f"{gvk}{hashlib.sha256(msgspec.json.encode(found)).hexdigest()}"
            for gvk, found in sorted(self._extra.items(), key=lambda item: item[0])
        ]
        self.fingerprint = hashlib.sha256("\n".join(stamps).encode()).hexdigest()

    def find(self, group: str, version: str, kind: str) -> Found | None:
        """The schema of a kind, or None. Raises SchemaError for a file that cannot be read."""
        gvk = (group, version, kind)
        if gvk not in self._found:
            self._found[gvk] = self._look(group, version, kind)
        return self._found[gvk]

    def versions(self, group: str, kind: str) -> list[str]:
        """The other versions of a kind that have schemas."""
        known = (*self._extra, *self._files)
        return sorted({version for other, version, name in known if other == group and name == kind.lower()})

    def _look(self, group: str, version: str, kind: str) -> Found | None:
        gvk = (group, version, kind.lower())
        if gvk in self._extra:
            return self._extra[gvk]
        if gvk in self._files:
            file = self._files[gvk]
            try:
                return Found(msgspec.json.decode(file.read_bytes(), type=dict[str, Any]))
            except (OSError, msgspec.MsgspecError) as error:
                raise SchemaError(f"{file}: no JSON schema: {error}") from None
        own = self.bundled.find(group, version, kind)
        return Found(own) if own is not None else None

    def _index(self, folder: Path) -> Iterator[str]:
        """Files by what their names say; CustomResourceDefinitions are read. Raises SchemaError."""
        if not folder.is_dir():
            raise SchemaError(f"{folder}: no such folder of schemas")
        for file in sorted(folder.rglob("*")):
            if file.suffix == ".json":
                kind, _, version = file.stem.rpartition("_")
                if kind:
                    self._files[file.parent.name, version, kind.lower()] = file
            elif file.suffix in (".yaml", ".yml"):
                self._extra |= definitions(file.read_bytes())
            else:
                continue
            stat = file.stat()
            yield f"{file}-{stat.st_size}-{stat.st_mtime_ns}"


def definitions(data: bytes) -> dict[Gvk, Found]:
    """The schemas in the CustomResourceDefinitions of a YAML file; none where it cannot be read."""
    if b"CustomResourceDefinition" not in data or b"openAPIV3Schema" not in data:
        return {}
    from homeperf_ray.manifests.reading import decode, read

    try:
        documents = read(decode(data)).documents
    except UnicodeDecodeError:
        return {}
    found: dict[Gvk, Found] = {}
    for document in documents:
        value = document.value
        items = value.get("items") if isinstance(value, dict) and value.get("kind") == "List" else [value]
        for one in items if isinstance(items, list) else []:
            found |= of_definition(one)
    return found


def of_definition(value: Any) -> dict[Gvk, Found]:
    """The schemas of one CustomResourceDefinition, by version."""
    if not isinstance(value, dict) or value.get("kind") != "CustomResourceDefinition":
        return {}
    spec = value.get("spec")
    if not isinstance(spec, dict):
        return {}
    names, group, listed = spec.get("names"), spec.get("group"), spec.get("versions")
    kind = names.get("kind") if isinstance(names, dict) else None
    if not (isinstance(kind, str) and isinstance(group, str) and isinstance(listed, list)):
        return {}
    found = {}
    for one in listed:
        holder = one.get("schema") if isinstance(one, dict) else None
        schema = holder.get("openAPIV3Schema") if isinstance(holder, dict) else None
        if isinstance(schema, dict) and isinstance(one.get("name"), str):
            against = str(one.get("deprecationWarning") or f"{group}/{one['name']} {kind} is deprecated")
            found[group, one["name"], kind.lower()] = Found(schema, against if one.get("deprecated") is True else "")
    return found
