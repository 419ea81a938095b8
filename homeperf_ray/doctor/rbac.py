"""RBAC: permissions as the roles and bindings that give them, and nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from homeperf_ray.kube.resources import NODE_METRICS
from homeperf_ray.kube.review import Permission

_GROUP = "rbac.authorization.k8s.io"
_VERSION = f"{_GROUP}/v1"
_SERVICE_ACCOUNT = "system:serviceaccount:"

UNKNOWN_USER = "YOUR-USER"
"""Stands where nobody knows what the server calls the user."""


def documents(permissions: Iterable[Permission], *, user: str, name: str = "homeperf") -> list[dict[str, Any]]:
    """Kubernetes objects that give ``user`` these permissions: a ClusterRole with its binding for what is wanted
    cluster-wide, a Role with its binding for each namespace else.

    ``user`` is as the server calls it; ``system:serviceaccount:NAMESPACE:NAME`` is bound as the ServiceAccount.
    """
    places: dict[str, list[Permission]] = {}
    for permission in permissions:
        places.setdefault(permission.namespace or "", []).append(permission)
    return [
        document
        for place in sorted(places)
        for document in (_role(place, places[place], name), _binding(place, user, name))
    ]


def text(permissions: Iterable[Permission], *, user: str, name: str = "homeperf") -> str:
    """The documents as YAML, as ``kubectl apply -f -`` takes it."""
    return _yaml(documents(permissions, user=user, name=name))


def service_account(permissions: Iterable[Permission]) -> str:
    """YAML of a ServiceAccount ``homeperf`` in a namespace of that name, with these permissions and no others."""
    name = "homeperf"
    account = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": name}},
    ]
    return _HOW + _yaml([*account, *documents(permissions, user=f"{_SERVICE_ACCOUNT}{name}:{name}", name=name)])


_HOW = """\
# What `homeperf check` reads and a runtime watches, and nothing else. As an administrator: kubectl apply -f FILE
# A token for the ServiceAccount, for a kubeconfig: kubectl -n homeperf create token homeperf --duration 2160h
"""


def _yaml(made: list[dict[str, Any]]) -> str:
    import yaml

    dumped: str = yaml.safe_dump_all(made, sort_keys=False, default_flow_style=None, width=110)
    return dumped


def _role(place: str, permissions: Sequence[Permission], name: str) -> dict[str, Any]:
    return {
        "apiVersion": _VERSION,
        "kind": "Role" if place else "ClusterRole",
        "metadata": _metadata(place, name),
        "rules": _rules(permissions),
    }


def _binding(place: str, user: str, name: str) -> dict[str, Any]:
    kind = "Role" if place else "ClusterRole"
    return {
        "apiVersion": _VERSION,
        "kind": f"{kind}Binding",
        "metadata": _metadata(place, name),
        "roleRef": {"apiGroup": _GROUP, "kind": kind, "name": name},
        "subjects": [_subject(user)],
    }


def _metadata(place: str, name: str) -> dict[str, str]:
    return {"name": name, "namespace": place} if place else {"name": name}


def _rules(permissions: Sequence[Permission]) -> list[dict[str, list[str]]]:
    """One rule a verb and group, as RBAC combines every resource of a rule with every group of it.

    What a runtime watches may be watched where it may be listed: it is told of changes then, and need not list again.
    """
    gathered: dict[tuple[str, tuple[str, ...]], set[str]] = {}
    for permission in permissions:
        part = f"/{permission.subresource}" if permission.subresource else ""
        resource = permission.resource
        gathered.setdefault((resource.group, _verbs(permission)), set()).add(f"{resource.plural}{part}")
    return [
        {"apiGroups": [group], "resources": sorted(plurals), "verbs": list(verbs)}
        for (group, verbs), plurals in sorted(gathered.items())
    ]


def _verbs(permission: Permission) -> tuple[str, ...]:
    resource = permission.resource
    never_watched = resource.group == NODE_METRICS.group or resource.plural == "events"
    return ("list", "watch") if permission.verb == "list" and not never_watched else (permission.verb,)


def _subject(user: str) -> dict[str, str]:
    if user.startswith(_SERVICE_ACCOUNT) and user.count(":") == 3:
        namespace, name = user.removeprefix(_SERVICE_ACCOUNT).split(":")
        return {"kind": "ServiceAccount", "namespace": namespace, "name": name}
    return {"apiGroup": _GROUP, "kind": "User", "name": user or UNKNOWN_USER}
