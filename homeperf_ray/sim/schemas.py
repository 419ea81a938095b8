"""Kubernetes' own schemas in the form of OpenAPI v3: data of the package ``kubernetes-validate``, never imported."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from homeperf_ray.sim.apis import Served

Schema = dict[str, Any]

OLDEST = 25
"""The first minor version whose schemas are carried."""

METADATA = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

_LOCAL, _OPEN = "#/$defs/", "#/components/schemas/"


class _Definitions(msgspec.Struct):
    defs: dict[str, Schema] = msgspec.field(name="$defs")


@lru_cache(maxsize=1)
def _definitions(minor: int) -> dict[str, Schema]:
    """Those of the version, or of the newest that is carried."""
    found = importlib.util.find_spec("kubernetes_validate")
    if found is None or found.origin is None:
        return {}
    root = Path(found.origin).parent / "kubernetes-json-schema"
    known = [one for one in range(OLDEST, minor + 1) if (root / f"v1.{one}.0-local").is_dir()]
    if not known:
        return {}
    body = (root / f"v1.{known[-1]}.0-local" / "_definitions.json").read_bytes()
    return msgspec.json.decode(body, type=_Definitions).defs


def find(served: Served, minor: int) -> str:
    """The name of a kind's schema, empty where there is none."""
    ending = f".{served.version}.{served.kind.kind}"
    for name, schema in _definitions(minor).items():
        if name.endswith(ending):
            version = schema.get("properties", {}).get("apiVersion", {}).get("enum")
            if version == [served.api_version]:
                return name
    return ""


def closed(names: Iterable[str], minor: int) -> dict[str, Schema]:
    """These schemas, and all that they refer to."""
    every, found = _definitions(minor), dict[str, Schema]()
    open_ = [name for name in names if name in every]
    while open_:
        name = open_.pop()
        if name not in found:
            found[name] = _opened(every[name], open_)
    return found


def _opened(schema: Any, referred: list[str]) -> Any:
    """A JSON schema as OpenAPI v3 has it: a type is one, nothing stands beside a reference, constants are left out."""
    if isinstance(schema, list):
        return [_opened(one, referred) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made: Schema = {}
    for name, value in schema.items():
        if name == "$ref":
            referred.append(value.removeprefix(_LOCAL))
            made["allOf"] = [{"$ref": value.replace(_LOCAL, _OPEN)}]
        elif name == "type" and isinstance(value, list):
            made["type"] = next(one for one in value if one != "null")
        elif name == "properties":
            made[name] = {key: _opened(inner, referred) for key, inner in value.items()}
        elif name not in {"enum", "$schema"}:
            made[name] = _opened(value, referred)
    return made
