"""PATCH: JSON merge patches (RFC 7396), JSON patches (RFC 6902) and strategic merge patches."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from homeperf_ray.sim.statuses import ApiError

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"


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

    Order directives are passed over. Raises ApiError 422 for a directive that is not known.
    """
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
            found[name] = strategic(found.get(name), value)
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
            result.append(strategic({}, change))
        else:
            result[at] = strategic(result[at], change)
    return result


def _has(items: list[Any], key: str) -> bool:
    return any(isinstance(item, dict) and key in item for item in items)


def json_patch(document: Any, operations: Any) -> Any:
    """A JSON patch applied. Raises ApiError 422 where an operation cannot be done, or a test fails."""
    root = {"": deepcopy(document)}
    try:
        for operation in operations:
            _operate(root, operation)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise _invalid() from error
    return root[""]


def _operate(root: dict[str, Any], operation: dict[str, Any]) -> None:
    kind, path = operation["op"], operation["path"]
    if kind == "add":
        _put(root, path, operation["value"])
    elif kind == "remove":
        _take(root, path)
    elif kind == "replace":
        parent, last = _parent(root, path)
        _ = parent[last]
        parent[last] = operation["value"]
    elif kind == "move":
        _put(root, path, _take(root, operation["from"]))
    elif kind == "copy":
        parent, last = _parent(root, operation["from"])
        _put(root, path, deepcopy(parent[last]))
    elif kind == "test":
        parent, last = _parent(root, path)
        if parent[last] != operation["value"]:
            raise ValueError(path)
    else:
        raise ValueError(kind)


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
