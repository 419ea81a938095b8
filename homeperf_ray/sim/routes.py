"""What a URL asks for, as the API server reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True)
class Route:
    """One request. ``plural`` is empty for paths that are no resource, whose verb is the HTTP method in lower case."""

    verb: str
    path: str
    group: str = ""
    version: str = ""
    plural: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    proxied: str = ""
    """The path behind ``proxy``, without its leading slash."""

    @property
    def resource(self) -> str:
        """``pods``, ``deployments.apps``, ``pods/log``; empty for a path that is no resource."""
        named = f"{self.plural}.{self.group}" if self.group else self.plural
        return f"{named}/{self.subresource}" if self.subresource else named


def flag(query: Mapping[str, str], name: str) -> bool:
    """A truth value in a query: anything but ``false`` and ``0`` is true, an empty one too."""
    return name in query and query[name].lower() not in {"false", "0"}


def parse(method: str, path: str, query: Mapping[str, str]) -> Route:
    """Read a request line."""
    if "//" in path:
        return Route(method.lower(), path)
    parts = [part for part in path.split("/") if part]
    if len(parts) >= 3 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return Route(method.lower(), path)
    namespace = ""
    watched = rest[0] == "watch" and len(rest) > 1
    if watched:
        rest = rest[1:]
    if rest[0] == "namespaces" and len(rest) >= 3 and rest[2] not in {"status", "finalize"}:
        namespace, rest = rest[1], rest[2:]
    elif rest[0] == "namespaces" and len(rest) >= 2:
        namespace = rest[1]
    plural, name, *subresource = (*rest, "", "")[: max(2, len(rest))]
    if method == "GET":
        verb = "watch" if watched or flag(query, "watch") else "get" if name else "list"
    else:
        verb = _VERBS.get(method, method.lower())
        if verb == "delete" and not name:
            verb = "deletecollection"
    if subresource[:1] == ["proxy"]:
        return Route(verb, path, group, version, plural, namespace, name, "proxy", "/".join(subresource[1:]))
    return Route(verb, path, group, version, plural, namespace, name, "/".join(subresource))
