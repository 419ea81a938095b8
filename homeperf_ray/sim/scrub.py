"""What a copy of a cluster must not hold: values that may be secrets, replaced by as many other characters."""

from __future__ import annotations

import re
from typing import Any

Object = dict[str, Any]

BARE = frozenset({"secrets", "configmaps"})
"""Resource types of which only the metadata is ever asked for."""

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_TELLING = re.compile(
    r"(^|[./])(k8s\.io|kubernetes\.io|fluxcd\.io|cert-manager\.io|rook\.io|ceph\.com|helm\.sh|cilium\.io)/", re.ASCII
)
"""Annotations of these domains keep their values, which checks read; others keep their length."""

_MASKED = frozenset(
    {"args", "command", "data", "binaryData", "stringData", "values", "valuesContent", "substitute", "httpHeaders"}
)
"""Fields whose strings are all masked, however deep."""

_SECRET = re.compile(r"passw|token|credential|secret$|api_?key|private_?key|access_?key|userdata", re.IGNORECASE)

_USERINFO = re.compile(r"://[^/@\s]+@")


def scrubbed(resource: str, item: Object) -> Object:
    """The object without kind and apiVersion, with ``metadata`` first and nothing that may be a secret."""
    metadata = dict(item["metadata"])
    annotations = metadata.pop("annotations", None) or {}
    kept = {
        name: value if _TELLING.search(name) and resource not in BARE else _mask(value)
        for name, value in annotations.items()
        if name != _LAST_APPLIED
    }
    if kept:
        metadata["annotations"] = kept
    if resource in BARE:
        return {"metadata": metadata}
    rest = {key: value for key, value in item.items() if key not in {"metadata", "kind", "apiVersion"}}
    return {"metadata": metadata, **{key: _clean(key, value) for key, value in rest.items()}}


def _clean(key: str, value: Any) -> Any:
    if key in _MASKED:
        return _masked(value)
    if isinstance(value, dict):
        return {name: _clean(name, inner) for name, inner in value.items()}
    if isinstance(value, list):
        if key == "env":
            return [{**one, "value": _mask(one["value"])} if "value" in one else one for one in value]
        return [_clean(key, one) for one in value]
    if isinstance(value, str):
        return _mask(value) if _SECRET.search(key) else _USERINFO.sub("://x@", value)
    return value


def _masked(value: Any) -> Any:
    """The same shape with every string masked but the names of things."""
    if isinstance(value, dict):
        return {name: inner if name == "name" else _masked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return _mask(value) if isinstance(value, str) else value


def _mask(text: str) -> str:
    return "x" * len(text)
