"""Two answers made comparable: what must differ between two servers gets one name."""

from __future__ import annotations

import re
from typing import Any

HEADERS = ("content-type", "content-encoding", "retry-after", "transfer-encoding", "x-content-type-options")
"""What a reader looks at. ``transfer-encoding`` only says that a watch streams."""

_NAMED = {
    "uid": "<uid>",
    "resourceVersion": "<version>",
    "continue": "<token>",
    "time": "<time>",
    "serverAddress": "<address>",
}

_DROPPED = frozenset({"managedFields", "selfLink", "description", "storageVersionHash"})

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r"(?<![\w.'\"\[-])\d{2,}(?![\w.'\"-])")
_GENERATED = re.compile(r"^made-[a-z0-9]{5}$")
_AGE = re.compile(r"\d+s")


def normal(value: Any, name: str = "") -> Any:
    """A document without what no two servers have in common."""
    if isinstance(value, dict):
        generated = value.get("generateName")
        return {
            key: "<generated>" if key == "name" and generated else normal(item, key)
            for key, item in value.items()
            if key not in _DROPPED
        }
    if isinstance(value, list):
        return [normal(item, name) for item in value]
    if not isinstance(value, str):
        return value
    if name in _NAMED and value:
        return _NAMED[name]
    if name == "cells" and _AGE.fullmatch(value):
        return "<age>"
    if name == "cells":
        return _GENERATED.sub("<generated>", value)
    if name == "message":
        return _VERSION.sub("<n>", _UID.sub("<uid>", value))
    return _UID.sub("<uid>", _TIME.sub("<time>", value))


def without(value: Any, dropped: tuple[str, ...]) -> Any:
    """A document without some fields, wherever they are."""
    if isinstance(value, dict):
        return {key: without(item, dropped) for key, item in value.items() if key not in dropped}
    if isinstance(value, list):
        return [without(item, dropped) for item in value]
    return value


def within(ours: Any, theirs: Any) -> bool:
    """Whether everything in one document is in the other too; items of lists are found by their names."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(key in theirs and within(item, theirs[key]) for key, item in ours.items())
    if isinstance(ours, list) and isinstance(theirs, list):
        return all(any(within(item, other) for other in theirs) for item in ours)
    return bool(ours == theirs)


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where two documents differ, and how."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = sorted(ours.keys() | theirs.keys())
        return [
            line
            for key in keys
            for line in differences(ours.get(key, "(absent)"), theirs.get(key, "(absent)"), f"{path}.{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [line for at, (one, other) in pairs for line in differences(one, other, f"{path}[{at}]")]
    return [] if ours == theirs else [f"{path or '.'}: emulator {ours!r}, genuine {theirs!r}"]
