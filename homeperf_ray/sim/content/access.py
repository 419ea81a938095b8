"""RBAC: the roles that every cluster has, and those that say what the homelab's own users may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from homeperf_ray.sim.content.world import DAY, Object, World
from homeperf_ray.sim.users import EVERYTHING, MASTERS, SELF, Grant, of_limited, of_reader

GROUP = "rbac.authorization.k8s.io"

_AGE = 400 * DAY
_DEFAULTS = {"kubernetes.io/bootstrapping": "rbac-defaults"}
_PATHS = ("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version")


def objects(world: World, namespaces: Sequence[str], *, reader: bool) -> dict[str, list[Object]]:
    """ClusterRoles, Roles and their bindings. ``namespaces`` are those of the limited user."""
    authenticated = [_subject("Group", "system:authenticated")]
    roles = [
        _role(world, "cluster-admin", [*map(_rule, EVERYTHING), {"verbs": ["*"], "nonResourceURLs": ["*"]}]),
        _role(world, "system:basic-user", [_rule(grant) for grant in SELF]),
        _role(world, "system:discovery", [{"verbs": ["get"], "nonResourceURLs": list(_PATHS)}]),
    ]
    bindings = [
        _binding(world, "cluster-admin", "ClusterRole", "cluster-admin", [_subject("Group", MASTERS)]),
        _binding(world, "system:basic-user", "ClusterRole", "system:basic-user", authenticated),
        _binding(world, "system:discovery", "ClusterRole", "system:discovery", authenticated),
    ]
    if reader:
        roles.append(_role(world, "reader", [_rule(grant) for grant in of_reader()], labels={}))
        bindings.append(_binding(world, "reader", "ClusterRole", "reader", [_subject("User", "reader")], labels={}))
    mine = list(_limited(world, namespaces))
    return {
        f"clusterroles.{GROUP}": roles,
        f"clusterrolebindings.{GROUP}": bindings,
        f"roles.{GROUP}": [role for role, _ in mine],
        f"rolebindings.{GROUP}": [binding for _, binding in mine],
    }


def _limited(world: World, namespaces: Sequence[str]) -> Iterator[tuple[Object, Object]]:
    for namespace in namespaces:
        rules = [_rule(grant) for grant in of_limited((namespace,))]
        subjects = [_subject("User", "limited")]
        yield (
            _role(world, "limited", rules, namespace, labels={}),
            _binding(world, "limited", "Role", "limited", subjects, namespace, labels={}),
        )


def _rule(grant: Grant) -> Object:
    return {"verbs": list(grant.verbs), "apiGroups": list(grant.groups), "resources": list(grant.resources)}


def _subject(kind: str, name: str) -> Object:
    return {"kind": kind, "apiGroup": GROUP, "name": name}


def _role(
    world: World, name: str, rules: list[Object], namespace: str = "", labels: dict[str, str] = _DEFAULTS
) -> Object:
    return {"metadata": world.metadata(name, namespace, age=_AGE, labels=labels), "rules": rules}


def _binding(
    world: World,
    name: str,
    kind: str,
    role: str,
    subjects: list[Object],
    namespace: str = "",
    labels: dict[str, str] = _DEFAULTS,
) -> Object:
    return {
        "metadata": world.metadata(name, namespace, age=_AGE, labels=labels),
        "subjects": subjects,
        "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role},
    }
