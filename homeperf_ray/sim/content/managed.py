"""managedFields: who set which field, the part of an object that is largest and least read."""

from __future__ import annotations

from typing import Any

import msgspec

_KEYS: dict[str, frozenset[str]] = {
    "containers": frozenset({"name"}),
    "initContainers": frozenset({"name"}),
    "volumes": frozenset({"name"}),
    "env": frozenset({"name"}),
    "volumeMounts": frozenset({"mountPath"}),
    "ports": frozenset({"containerPort", "protocol"}),
    "conditions": frozenset({"type"}),
    "ownerReferences": frozenset({"uid"}),
    "addresses": frozenset({"type"}),
}


def fields(value: Any) -> dict[str, Any]:
    """FieldsV1 of a value: ``f:`` for fields, ``k:`` for items of lists that have a key."""
    if type(value) is not dict:
        return {}
    return {f"f:{name}": _items(name, inner) if type(inner) is list else fields(inner) for name, inner in value.items()}


def _items(name: str, items: list[Any]) -> dict[str, Any]:
    keys = _KEYS.get(name)
    if keys is None or not all(type(item) is dict and item.keys() >= keys for item in items):
        return {}
    found: dict[str, Any] = {".": {}}
    for item in items:
        label = msgspec.json.encode({key: item[key] for key in sorted(keys)}).decode()
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
