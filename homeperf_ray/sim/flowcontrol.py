"""FlowSchemas and PriorityLevelConfigurations as a new cluster has them, and which of them a request falls under.

Names, precedences, shares and queues are those that a genuine server suggests (KEP-1040).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from homeperf_ray.sim.routes import Route
from homeperf_ray.sim.users import User

GROUP = "flowcontrol.apiserver.k8s.io"


@dataclass(frozen=True)
class PriorityLevel:
    """``shares`` of all seats; ``hand`` of ``queues`` is where one flow may wait, ``length`` requests in each.

    No queues: a request that finds no seat is refused at once. ``exempt`` ones need no seat.
    """

    name: str
    shares: int = 0
    queues: int = 0
    hand: int = 0
    length: int = 50
    exempt: bool = False


@dataclass(frozen=True)
class FlowSchema:
    """Requests of users of ``groups`` (or named in ``users``) belong to a level; ``paths`` narrows it to those.

    A flow is all requests of one user, or of one namespace where ``by_namespace``.
    """

    name: str
    precedence: int
    level: str
    groups: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    by_namespace: bool = False

    def matches(self, user: str, groups: tuple[str, ...], path: str) -> bool:
        if self.paths:
            return path in self.paths
        return user in self.users or not self.groups.isdisjoint(groups)


LEVELS = (
    PriorityLevel("exempt", exempt=True),
    PriorityLevel("leader-election", 10, 16, 4),
    PriorityLevel("node-high", 40, 64, 6),
    PriorityLevel("system", 30, 64, 6),
    PriorityLevel("workload-high", 40, 128, 6),
    PriorityLevel("workload-low", 100, 128, 6),
    PriorityLevel("global-default", 20, 128, 6),
    PriorityLevel("catch-all", 5),
)

_EVERYBODY = frozenset({"system:authenticated", "system:unauthenticated"})

SCHEMAS = (
    FlowSchema("exempt", 1, "exempt", frozenset({"system:masters"})),
    FlowSchema("probes", 2, "exempt", paths=frozenset({"/healthz", "/livez", "/readyz"}), groups=_EVERYBODY),
    FlowSchema("system-nodes", 500, "system", frozenset({"system:nodes"})),
    FlowSchema(
        "kube-controller-manager",
        800,
        "workload-high",
        users=frozenset({"system:kube-controller-manager"}),
        by_namespace=True,
    ),
    FlowSchema("kube-scheduler", 800, "workload-high", users=frozenset({"system:kube-scheduler"}), by_namespace=True),
    FlowSchema(
        "kube-system-service-accounts",
        900,
        "workload-high",
        frozenset({"system:serviceaccounts:kube-system"}),
        by_namespace=True,
    ),
    FlowSchema("service-accounts", 9_000, "workload-low", frozenset({"system:serviceaccounts"})),
    FlowSchema("global-default", 9_900, "global-default", _EVERYBODY),
    FlowSchema("catch-all", 10_000, "catch-all", _EVERYBODY),
)

_LEVELS = {level.name: level for level in LEVELS}


_PROBES = frozenset({"/healthz", "/livez", "/readyz"})


def classify(user: User, route: Route) -> tuple[FlowSchema, PriorityLevel]:
    """The first schema, by precedence, that a request matches, and its level."""
    return _classify(user.name, user.groups, route.path if route.path in _PROBES else "")


@lru_cache(maxsize=1_024)
def _classify(user: str, groups: tuple[str, ...], probe: str) -> tuple[FlowSchema, PriorityLevel]:
    schema = next((one for one in SCHEMAS if one.matches(user, groups, probe)), SCHEMAS[-1])
    return schema, _LEVELS[schema.level]


def uid(kind: str, name: str) -> str:
    """The uid of one of these objects."""
    digits = sha256(f"{kind}/{name}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


@lru_cache(maxsize=64)
def headers(schema: str, level: str) -> Mapping[str, str]:
    """The headers that every answer carries: two name the objects that it was treated by."""
    return {
        "Cache-Control": "no-cache, private",
        "X-Kubernetes-Pf-Flowschema-Uid": uid("FlowSchema", schema),
        "X-Kubernetes-Pf-Prioritylevel-Uid": uid("PriorityLevelConfiguration", level),
    }


def specs(minor: int) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """(name, uid, spec) of every object, by resource."""
    shares = "nominalConcurrencyShares" if minor >= 26 else "assuredConcurrencyShares"
    return {
        f"flowschemas.{GROUP}": [(one.name, uid("FlowSchema", one.name), _schema(one)) for one in SCHEMAS],
        f"prioritylevelconfigurations.{GROUP}": [
            (one.name, uid("PriorityLevelConfiguration", one.name), _level(one, shares)) for one in LEVELS
        ],
    }


def _schema(schema: FlowSchema) -> dict[str, Any]:
    subjects = [{"kind": "Group", "group": {"name": name}} for name in sorted(schema.groups)]
    subjects += [{"kind": "User", "user": {"name": name}} for name in sorted(schema.users)]
    rule: dict[str, Any] = {
        "subjects": subjects,
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": sorted(schema.paths) or ["*"]}],
    }
    if not schema.paths:
        everything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": True, "namespaces": ["*"]}
        rule["resourceRules"] = [everything]
    exempt = _LEVELS[schema.level].exempt
    method = {} if exempt else {"distinguisherMethod": {"type": "ByNamespace" if schema.by_namespace else "ByUser"}}
    return {
        "priorityLevelConfiguration": {"name": schema.level},
        "matchingPrecedence": schema.precedence,
        **method,
        "rules": [rule],
    }


def _level(level: PriorityLevel, shares: str) -> dict[str, Any]:
    if level.exempt:
        return {"type": "Exempt"}
    response: dict[str, Any] = {"type": "Reject"}
    if level.queues:
        queuing = {"queues": level.queues, "handSize": level.hand, "queueLengthLimit": level.length}
        response = {"type": "Queue", "queuing": queuing}
    return {"type": "Limited", "limited": {shares: level.shares, "limitResponse": response}}
