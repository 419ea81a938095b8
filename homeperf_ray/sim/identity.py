"""What an object is called and what the server alone says of it: names, and the metadata that is not the client's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.routes import Route
from homeperf_ray.sim.statuses import bad_request, invalid

Object = dict[str, Any]

KEPT = (
    "name",
    "generateName",
    "namespace",
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)
"""Metadata that the server gives; what a client sends for them is passed over."""


@dataclass(frozen=True)
class _Rule:
    """What names must match, how long they may be, and what is said of one that is not so."""

    pattern: re.Pattern[str]
    longest: int
    words: str


_PART = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"

_SUBDOMAIN = _Rule(
    re.compile(rf"{_PART}(\.{_PART})*"),
    253,
    words="a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    rf"'{_PART}(\.{_PART})*')",
)
_LABEL = _Rule(
    re.compile(_PART),
    63,
    words="a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
    "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    f"'{_PART}')",
)
_OLD_LABEL = _Rule(
    re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?"),
    63,
    words="a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'[a-z]([-a-z0-9]*[a-z0-9])?')",
)
_SEGMENT = _Rule(
    re.compile(r"(?!\.\.?$)[^/%]+"),
    253,
    words="may not be '.' or '..' and may not contain '/' or '%'",
)
_ROLES = tuple(f"{scope}{kind}" for scope in ("cluster", "") for kind in ("roles", "rolebindings"))
_RULES = {
    "namespaces": _LABEL,
    "services": _OLD_LABEL,
    **dict.fromkeys((f"{plural}.rbac.authorization.k8s.io" for plural in _ROLES), _SEGMENT),
}

_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"

_random = SystemRandom()


def name_of(metadata: Mapping[str, Any], served: Served) -> str:
    """The name of a new object, made from ``generateName`` where it has none. Raises ApiError 422 for a bad one."""
    kind, name = served.kind, metadata.get("name") or ""
    if not name and metadata.get("generateName"):
        name = f"{metadata['generateName'][:58]}{''.join(_random.choices(_SUFFIX, k=5))}"
    if not name:
        raise invalid(kind.kind, "", "metadata.name", "Required", "name or generateName is required")
    rule = _RULES.get(kind.resource, _SUBDOMAIN)
    if len(name) > rule.longest:
        why = f"must be no more than {rule.longest} characters"
        raise invalid(kind.kind, name, "metadata.name", "Invalid", why, value=name)
    if not rule.pattern.fullmatch(name):
        raise invalid(kind.kind, name, "metadata.name", "Invalid", rule.words, value=name)
    return str(name)


def asked_for(route: Route) -> None:
    """Raise ApiError 400 for a name in a path that no object may have."""
    fault = {".": "may not be '.'", "..": "may not be '..'"}.get(route.name, "")
    if not fault and "%" in route.name:
        fault = "may not contain '%'"
    if not fault and "/" in route.name:
        fault = "may not contain '/'"
    if fault:
        raise bad_request(f'Name parameter invalid: "{route.name}": {fault}')


def metadata_of(item: Object, route: Route) -> Object:
    """An object's metadata. Raises ApiError 400 for that of another namespace."""
    metadata: Object = item.get("metadata") or {}
    if (metadata.get("namespace") or route.namespace) != route.namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    return metadata


def sent(metadata: Mapping[str, Any]) -> Object:
    """The metadata that a client may set."""
    mine = (*KEPT, "resourceVersion", "selfLink")
    return {name: value for name, value in metadata.items() if name not in mine and value is not None}


def bare(item: Mapping[str, Any]) -> Object:
    """An object without its type and metadata."""
    return {name: value for name, value in item.items() if name not in {"kind", "apiVersion", "metadata"}}
