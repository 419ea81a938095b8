"""OpenAPI v3: what ``kubectl explain``, ``apply`` and ``diff`` read of the kinds that are served."""

from __future__ import annotations

from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from homeperf_ray.sim import schemas
from homeperf_ray.sim.apis import Apis, Served
from homeperf_ray.sim.discovery import git_version

ROOT = "/openapi/v3"

Object = dict[str, Any]

_WRITES = ("dryRun", "fieldManager", "fieldValidation")
_READS = ("labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "timeoutSeconds", "watch")
_OF = {"post": _WRITES, "put": _WRITES, "patch": (*_WRITES, "force"), "delete": ("dryRun",), "get": ()}


class OpenApi:
    """The documents of one server, one a group version, made when they are asked for."""

    def __init__(self, apis: Apis) -> None:
        self._apis = apis
        self.document = lru_cache(maxsize=64)(self._document)

    def read(self, path: str) -> bytes | None:
        """The document at a path at or below ``ROOT``; None where there is none, or for a server that is too old."""
        place = path.removeprefix(ROOT).strip("/")
        if self._apis.minor < schemas.OLDEST:
            return None
        if not place:
            return self._index
        known = self._places.get(place)
        return None if known is None else self.document(*known)

    @cached_property
    def _places(self) -> dict[str, tuple[str, str]]:
        return {
            f"apis/{group}/{version}" if group else f"api/{version}": (group, version)
            for group, versions in self._apis.groups.items()
            for version in versions
        }

    @cached_property
    def _index(self) -> bytes:
        def where(place: str) -> str:
            hashed = sha256(f"{self._apis.minor} {place}".encode()).hexdigest().upper()
            return f"{ROOT}/{place}?hash={hashed}"

        return msgspec.json.encode({"paths": {place: {"serverRelativeURL": where(place)} for place in self._places}})

    def _document(self, group: str, version: str) -> bytes:
        every, minor = self._apis.in_version(group, version), self._apis.minor
        names = {served: schemas.find(served, minor) or _made_up(served) for served in every}
        found = schemas.closed((*names.values(), schemas.METADATA), minor)
        paths: dict[str, Object] = {}
        for served, name in names.items():
            schema = found.setdefault(name, _free(served))
            schema["x-kubernetes-group-version-kind"] = [_kind(served)]
            paths |= _paths(served, name)
        return msgspec.json.encode(
            {
                "openapi": "3.0.0",
                "info": {"title": "Kubernetes", "version": git_version(minor)},
                "paths": paths,
                "components": {"schemas": found},
            }
        )


def _kind(served: Served) -> Object:
    return {"group": served.kind.group, "version": served.version, "kind": served.kind.kind}


def _made_up(served: Served) -> str:
    """The name of a custom resource's schema: its group backwards, version and kind."""
    return ".".join([*reversed(served.kind.group.split(".")), served.version, served.kind.kind])


def _free(served: Served) -> Object:
    """A schema that lets everything pass but metadata."""
    text = {"type": "string"}
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    metadata = {"allOf": [{"$ref": f"#/components/schemas/{schemas.METADATA}"}]}
    return {
        "description": f"{served.kind.kind} is a custom resource, whose fields are not told here.",
        "type": "object",
        "properties": {"apiVersion": text, "kind": text, "metadata": metadata, "spec": free, "status": free},
    }


def _paths(served: Served, name: str) -> dict[str, Object]:
    kind = served.kind
    root = f"/apis/{kind.group}/{served.version}" if kind.group else f"/api/{served.version}"
    place = "/namespaces/{namespace}" if kind.namespaced else ""
    every = {"list": "get", "create": "post", "deletecollection": "delete"}
    one = {"get": "get", "update": "put", "patch": "patch", "delete": "delete"}
    below = {f"{root}{place}/{kind.plural}": every, f"{root}{place}/{kind.plural}/{{name}}": one}
    if kind.namespaced:
        below[f"{root}/{kind.plural}"] = {"list": "get"}
    found = {}
    for path, verbs in below.items():
        allowed: Object = {
            method: _operation(served, name, verb, method) for verb, method in verbs.items() if verb in kind.verbs
        }
        inside = [part for part in ("name", "namespace") if f"{{{part}}}" in path]
        if allowed:
            found[path] = {**allowed, "parameters": [_parameter(one, "path") for one in inside]}
    return found


def _operation(served: Served, name: str, verb: str, method: str) -> Object:
    schema = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    asked = _READS if verb in {"list", "deletecollection"} else _OF[method]
    body = {"requestBody": {"content": {"*/*": schema}}} if method in {"post", "put", "patch"} else {}
    return {
        "parameters": [_parameter(one, "query") for one in asked],
        **body,
        "responses": {"200": {"description": "OK", "content": {"application/json": schema}}},
        "x-kubernetes-action": {"update": "put", "create": "post"}.get(verb, verb),
        "x-kubernetes-group-version-kind": _kind(served),
    }


def _parameter(name: str, place: str) -> Object:
    required = {"required": True} if place == "path" else {}
    return {"name": name, "in": place, **required, "schema": {"type": "string", "uniqueItems": True}}
