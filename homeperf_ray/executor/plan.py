"""The plan: checks -> needs -> requests, deduplicated. Pure: it is made without I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homeperf_ray.checks.check import Check
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.executor.sequel import SEQUELS, Sequel
from homeperf_ray.kube.discovery import Discovery
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import FIELD_SELECTORS, NAMESPACES, PODS, PREDECESSORS, GroupResource, ServedResource

HEAVY = (PODS,)
"""Resources whose LIST takes longest; they are asked for first, so that nothing waits for them at the end."""


@dataclass(frozen=True)
class Plan:
    """What to fetch and what to judge.

    ``requested`` counts what the checks ask for, one a check, resource and namespace; ``deduplicated`` what another
    check asks for too; ``unserved`` what the server does not have, and so is never asked. The ledger shows all three.
    ``without`` is what the user does not want read and some check needs.
    """

    checks: tuple[Check, ...]
    requests: tuple[Request, ...]
    unserved: frozenset[GroupResource]
    unavailable: dict[GroupResource, Failure]
    requested: int
    deduplicated: int
    unserved_asks: int
    left_out: tuple[Check, ...] = ()
    server_version: str = ""
    namespaces: ServedResource | None = None
    """Namespaces themselves as the server serves them, whether or not the plan lists them."""
    without: frozenset[GroupResource] = frozenset()
    sequels: tuple[Sequel, ...] = ()
    """What is asked for when the resources are in of which it follows."""

    def requests_for(self, resource: GroupResource) -> tuple[Request, ...]:
        """The requests that together give one resource, or its predecessor; none where neither is served."""
        return tuple(request for request in self.requests if stands_for(request.served.resource) == resource)


def stands_for(resource: GroupResource) -> GroupResource:
    """What the checks call a resource: an older server has some under another name."""
    return next((newer for newer, older in PREDECESSORS.items() if older == resource), resource)


def _predecessor(resource: GroupResource, discovery: Discovery) -> ServedResource | None:
    """What the server has in the place of a resource, where the group of that is not only out of order."""
    older = PREDECESSORS.get(resource)
    return discovery.served(older) if older and resource.group not in dict(discovery.unavailable) else None


def groups_of(checks: Sequence[Check]) -> frozenset[str]:
    """The API groups whose discovery the plan needs."""
    return frozenset(resource.group for check in checks for resource in (*check.needs, *check.optional)) | {""}


def make_plan(
    checks: Sequence[Check],
    discovery: Discovery,
    namespaces: tuple[str, ...] | None,
    without: frozenset[GroupResource] = frozenset(),
) -> Plan:
    """Plan one cluster-wide LIST a resource, or one a namespace where ``namespaces`` names some.

    With ``namespaces``, checks that judge the cluster as a whole are left out, and namespaces are listed too, so
    that a misspelt one is noticed. What is in ``without`` is never asked for, whether it is served or not.
    """
    chosen = tuple(check for check in checks if not (namespaces and check.whole_cluster))
    asks: list[Request] = []
    unserved_asks = 0
    unserved: set[GroupResource] = set()
    unavailable: dict[GroupResource, Failure] = {}
    broken_groups = dict(discovery.unavailable)
    named = [resource for check in chosen for resource in (*check.needs, *check.optional)]
    sequels = tuple(SEQUELS[resource] for resource in dict.fromkeys(named) if resource in SEQUELS)
    asked = [SEQUELS[resource].of if resource in SEQUELS else resource for resource in named]
    for resource in (resource for resource in asked if resource not in without):
        served = discovery.served(resource) or _predecessor(resource, discovery)
        if served is None:
            unserved_asks += 1
            if resource.group in broken_groups:
                unavailable[resource] = Failure(
                    "unavailable",
                    f"the API group {resource.group} does not answer: {broken_groups[resource.group]}",
                    f"kubectl get apiservices | grep {resource.group}",
                )
            else:
                unserved.add(resource)
        else:
            places = namespaces if namespaces and served.namespaced else (None,)
            selector = FIELD_SELECTORS.get(resource, "")
            asks.extend(Request(served, namespace=place, field_selector=selector) for place in places)
    if namespaces and (served := discovery.served(NAMESPACES)):
        asks.append(Request(served))
    requests = sorted(set(asks), key=lambda request: (request.served.resource not in HEAVY, request.path))
    return Plan(
        checks=chosen,
        requests=tuple(requests),
        unserved=frozenset(unserved),
        unavailable=unavailable,
        requested=len(asks) + unserved_asks,
        deduplicated=len(asks) - len(requests),
        unserved_asks=unserved_asks,
        left_out=tuple(check for check in checks if check not in chosen),
        server_version=discovery.version,
        namespaces=discovery.served(NAMESPACES),
        without=frozenset(resource for check in chosen for resource in check.needs if resource in without),
        sequels=sequels,
    )
