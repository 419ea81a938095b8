"""The plan: checks -> needs -> requests, deduplicated. Pure: it is made without I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homeperf_ray.checks.check import Check
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.kube.discovery import Discovery
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import FIELD_SELECTORS, NAMESPACES, PODS, GroupResource

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
    without: frozenset[GroupResource] = frozenset()

    def requests_for(self, resource: GroupResource) -> tuple[Request, ...]:
        """The requests that together give one resource; none where it is not served."""
        return tuple(request for request in self.requests if request.served.resource == resource)


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
    asked = [resource for check in chosen for resource in (*check.needs, *check.optional)]
    for resource in (resource for resource in asked if resource not in without):
        served = discovery.served(resource)
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
        without=frozenset(resource for check in chosen for resource in check.needs if resource in without),
    )
