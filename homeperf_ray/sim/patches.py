"""PATCH: JSON merge patches (RFC 7396), JSON patches (RFC 6902) and strategic merge patches."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import msgspec

from homeperf_ray.sim.statuses import ApiError, bad_request, too_large

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"

_OPERATIONS = 10_000
"""That a JSON patch may have."""

_COPIED = 3 << 20
"""Bytes that the copies of one JSON patch may amount to: each may double what is there."""


def merged(document: Any, patch: Any) -> Any:
    """A JSON merge patch applied: null takes away, objects are merged, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    found = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


_KEYS = {
    **dict.fromkeys(
        ("containers", "initContainers", "ephemeralContainers", "volumes", "env", "imagePullSecrets", "secrets"), "name"
    ),
    "addresses": "type",
    "conditions": "type",
    "hostAliases": "ip",
    "ownerReferences": "uid",
    "taints": "key",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
}
"""By which field the items of a list of some name are told apart (``patchMergeKey`` of the built-in types)."""

_SETS = frozenset({"finalizers"})
"""Lists of texts that are merged."""


def strategic(document: Any, patch: Any) -> Any:
    """A strategic merge patch applied: like ``merged``, but lists of known objects are merged item by item.

    Order directives are passed over. Raises ApiError 422 for a directive that is not known or does not fit.
    """
    try:
        return _strategic(document, patch)
    except (AttributeError, TypeError) as error:
        raise _invalid() from error


def _strategic(document: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    directive = patch.get("$patch")
    if directive not in {None, "merge", "replace", "delete"}:
        raise _invalid()
    if directive == "delete":
        return None
    found = {} if directive == "replace" or not isinstance(document, dict) else dict(document)
    for name, value in patch.items():
        if name.startswith("$"):
            found = _directed(found, name, value)
        elif value is None:
            found.pop(name, None)
        elif isinstance(value, list):
            found[name] = _listed(name, found.get(name) or [], value)
        else:
            found[name] = _strategic(found.get(name), value)
    return found


def _directed(found: dict[str, Any], directive: str, value: Any) -> dict[str, Any]:
    """What a directive other than that of a whole object leaves."""
    name, _, field = directive.partition("/")
    if name == "$retainKeys":
        return {kept: found[kept] for kept in found if kept in value}
    if name == "$deleteFromPrimitiveList":
        return {**found, field: [item for item in found.get(field, ()) if item not in value]}
    if name in {"$patch", "$setElementOrder"}:
        return found
    raise _invalid()


def _listed(name: str, items: list[Any], patch: list[Any]) -> list[Any]:
    if name in _SETS:
        return items + [item for item in patch if item not in items]
    key = _KEYS.get(name) or (name == "ports" and ("containerPort" if _has(patch, "containerPort") else "port"))
    if not key or not all(isinstance(item, dict) for item in patch):
        return patch
    if any(item.get("$patch") == "replace" for item in patch):
        return [item for item in patch if "$patch" not in item]
    result = list(items)
    for change in patch:
        at = next((place for place, item in enumerate(result) if item.get(key) == change.get(key)), None)
        if change.get("$patch") == "delete":
            if at is not None:
                del result[at]
        elif at is None:
            result.append(_strategic({}, change))
        else:
            result[at] = _strategic(result[at], change)
    return result


def _has(items: list[Any], key: str) -> bool:
    return any(isinstance(item, dict) and key in item for item in items)


class _Operation(msgspec.Struct):
    op: str
    path: str
    source: str = msgspec.field(default="", name="from")
    value: Any = None


def json_patch(document: Any, operations: Any) -> Any:
    """A JSON patch applied.

    Raises ApiError 400 for what is no patch, 413 for one that is too long, 422 where an operation cannot be done, or
    a test fails.
    """
    if not isinstance(operations, list) or not all(isinstance(one, dict) for one in operations):
        raise bad_request("a JSON patch is a list of operations")
    if len(operations) > _OPERATIONS:
        raise too_large(f"The allowed maximum operations in a JSON patch is {_OPERATIONS}, got {len(operations)}")
    root, room = {"": deepcopy(document)}, _COPIED
    try:
        for operation in msgspec.convert(operations, list[_Operation]):
            room -= _operate(root, operation, room)
        return root[""]
    except (KeyError, IndexError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise _invalid() from error


def _operate(root: dict[str, Any], operation: _Operation, room: int) -> int:
    """Carry out one operation; the bytes that it copied. Raises ValueError where they are more than ``room``."""
    path = operation.path
    if operation.op == "add":
        _put(root, path, operation.value)
    elif operation.op == "remove":
        _take(root, path)
    elif operation.op == "replace":
        parent, last = _parent(root, path)
        _ = parent[last]
        parent[last] = operation.value
    elif operation.op == "move":
        _put(root, path, _take(root, operation.source))
    elif operation.op == "copy":
        parent, last = _parent(root, operation.source)
        copied = len(msgspec.json.encode(parent[last]))
        if copied > room:
            raise ValueError(path)
        _put(root, path, deepcopy(parent[last]))
        return copied
    elif operation.op == "test":
        parent, last = _parent(root, path)
        if parent[last] != operation.value:
            raise ValueError(path)
    else:
        raise ValueError(operation.op)
    return 0


def _parent(root: Any, path: str) -> tuple[Any, Any]:
    """What holds the place of a JSON pointer (RFC 6901), and the key or the position there."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")]
    parent: Any = root
    for step in steps[:-1]:
        parent = parent[int(step) if isinstance(parent, list) else step]
    last = steps[-1]
    return parent, int(last) if isinstance(parent, list) and last != "-" else last


def _put(root: Any, path: str, value: Any) -> None:
    parent, last = _parent(root, path)
    if isinstance(parent, list):
        parent.insert(len(parent) if last == "-" else last, value)
    else:
        parent[last] = value


def _take(root: Any, path: str) -> Any:
    parent, last = _parent(root, path)
    return parent.pop(last)


def _invalid() -> ApiError:
    return ApiError(422, "the server rejected our request due to an error in our request", details={})


APPLY: dict[str, Callable[[Any, Any], Any]] = {MERGE: merged, STRATEGIC: strategic, JSON_PATCH: json_patch}
"""How each kind of patch is applied, by its media type."""
