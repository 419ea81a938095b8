"""managedFields: who set which field, the part of an object that is largest and least read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

_KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "volumes": ("name",),
    "env": ("name",),
    "volumeMounts": ("mountPath",),
    "ports": ("containerPort", "protocol"),
    "conditions": ("type",),
    "ownerReferences": ("uid",),
    "addresses": ("type",),
}


def fields(value: Any) -> dict[str, Any]:
    """FieldsV1 of a value: ``f:`` for fields, ``k:`` for items of lists that have a key."""
    if not isinstance(value, Mapping):
        return {}
    return {
        f"f:{name}": _items(name, inner) if isinstance(inner, list) else fields(inner) for name, inner in value.items()
    }


def _items(name: str, items: list[Any]) -> dict[str, Any]:
    keys = _KEYS.get(name, ())
    if not keys or not all(isinstance(item, Mapping) and all(key in item for key in keys) for item in items):
        return {}
    found: dict[str, Any] = {".": {}}
    for item in items:
        label = msgspec.json.encode({key: item[key] for key in keys}).decode()
        found[f"k:{label}"] = {".": {}, **fields(item)}
    return found


def entry(manager: str, api_version: str, time: str, owned: Any, subresource: str = "") -> dict[str, Any]:
    """One entry; ``owned`` is FieldsV1, encoded or not."""
    return {
        "manager": manager,
        "operation": "Update",
        "apiVersion": api_version,
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": owned,
        **({"subresource": subresource} if subresource else {}),
    }
