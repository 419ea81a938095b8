"""The board: which outcomes are in, which checks can be judged, and what never will be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Finding
from homeperf_ray.checks.registry import CODES
from homeperf_ray.executor.outcome import Failure, Fetched
from homeperf_ray.executor.plan import Plan, stands_for
from homeperf_ray.executor.sequel import Next, Sequel
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource

SHOWN = 8
"""How many namespaces a note names."""


class Board:
    """Holds the outcomes of one plan's requests, each accepted once, and hands out checks as they become ready."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._requests = {resource: plan.requests_for(resource) for check in plan.checks for resource in _asks(check)}
        self._outcomes: dict[Request, Fetched] = {}
        self._denied: dict[GroupResource, Failure] = {}
        self._tried = 0
        self._sequels = list(plan.sequels)
        self._open = {sequel.resource for sequel in plan.sequels}
        self._said: list[str] = []
        self._waiting = list(plan.checks)

    def accept(self, fetched: Fetched) -> None:
        """Take one outcome in."""
        self._outcomes[fetched.request] = fetched

    def known(self, resource: GroupResource) -> Fetched | None:
        """The outcome of the one LIST of a resource, None where it was not asked for or is not in yet."""
        requests = self._requests.get(resource, ())
        return self._outcomes.get(requests[0]) if len(requests) == 1 else None

    def narrow(self, denied: Sequence[Fetched], outcomes: Sequence[Fetched], tried: int) -> None:
        """Take the outcomes of LISTs a namespace in the place of cluster-wide ones that were denied.

        ``tried`` is in how many namespaces was asked.
        """
        self._tried = tried
        for fetched in denied:
            assert fetched.failure is not None
            resource = stands_for(fetched.request.served.resource)
            self._denied[resource] = fetched.failure
            mine = [outcome for outcome in outcomes if stands_for(outcome.request.served.resource) == resource]
            self._requests[resource] = tuple(outcome.request for outcome in mine)
            for outcome in mine:
                self.accept(outcome)

    def due(self) -> tuple[Sequel, ...]:
        """Sequels of what has come in since the last call."""
        due = [one for one in self._sequels if all(request in self._outcomes for request in self._requests_of(one.of))]
        self._sequels = [one for one in self._sequels if one not in due]
        return tuple(due)

    def follow(self, sequel: Sequel, found: Next) -> None:
        """Take in what a sequel asks for."""
        self._requests[sequel.resource] = found.requests
        self._open.discard(sequel.resource)
        self._said += found.notes

    def tables_of(self, resource: GroupResource) -> list[Any]:
        """The tables of one resource, one a request."""
        return [fetched.table for fetched in self._good(resource)]

    def take_ready(self) -> tuple[Check, ...]:
        """The checks whose last outcome has come since the last call, without those that cannot be judged."""
        ready = [check for check in self._waiting if self._is_ready(check)]
        self._waiting = [check for check in self._waiting if check not in ready]
        return tuple(check for check in ready if all(map(self._has, check.needs)) and not self._blinkered(check))

    def partial(self, checks: Sequence[Check]) -> tuple[tuple[GroupResource, tuple[str, ...]], ...]:
        """Resources of these checks that could be read in some of their namespaces only, and in which."""
        resources = dict.fromkeys(resource for check in checks for resource in _asks(check))
        return tuple(
            (resource, self._readable(resource))
            for resource in resources
            if self._has(resource)
            and (resource in self._denied or any(fetched.failure for fetched in self._of(resource)))
        )

    def tables(self, checks: tuple[Check, ...]) -> dict[GroupResource, list[Any]]:
        """The tables that these checks look at, one a request."""
        resources = {resource for check in checks for resource in _asks(check) if self._has(resource)}
        return {resource: [fetched.table for fetched in self._good(resource)] for resource in resources}

    def rows(self, checks: tuple[Check, ...]) -> int:
        """How many rows these checks look at."""
        resources = {resource for check in checks for resource in _asks(check)}
        return sum(fetched.rows for resource in resources for fetched in self._good(resource))

    def failures(self) -> tuple[Failure, ...]:
        """Everything of the plan that could not be read."""
        sequels = {sequel.resource for sequel in self._plan.sequels}
        planned = [one for one in self._outcomes.values() if stands_for(one.request.served.resource) not in sequels]
        return tuple(fetched.failure for fetched in planned if fetched.failure)

    def findings(self) -> Iterator[Finding]:
        """One finding a resource that could not be read, or one a namespace where only some could not."""
        for resource in dict.fromkeys(resource for check in self._plan.checks for resource in _asks(check)):
            users = [check for check in self._plan.checks if resource in _asks(check)]
            loud = [check for check in users if not check.quiet]
            if not loud:
                continue
            if failure := self._plan.unavailable.get(resource):
                yield _unread(resource, "", failure, loud)
            if (denied := self._denied.get(resource)) and not self._has(resource):
                yield _unread(resource, "", denied, loud, self._where())
            else:
                yield from self._failures(resource, loud)

    def _failures(self, resource: GroupResource, loud: list[Check]) -> Iterator[Finding]:
        failed = [(fetched.request, fetched.failure) for fetched in self._of(resource) if fetched.failure]
        if resource in self._denied:
            failed = [(request, failure) for request, failure in failed if failure.kind != "forbidden"]
        kinds = {failure.kind for _, failure in failed}
        if len(failed) > 1 and len(kinds) == 1 and not self._has(resource):
            yield _unread(resource, "", failed[0][1], loud)
        else:
            for request, failure in failed:
                yield _unread(resource, request.namespace or "", failure, loud)

    def notes(self) -> Iterator[str]:
        """What is stale, what the cluster does not have, what was left out, and what quiet checks could not see."""
        yield from self._said
        for fetched in sorted(self._outcomes.values(), key=_place):
            if fetched.stale and fetched.request.kubelet is None:
                yield f"{fetched.request.served.resource}: as of {fetched.age:.0f} s ago, {fetched.stale}"
        for check in self._plan.checks:
            if any(resource in self._plan.unserved for resource in check.needs) and check.unserved_note:
                yield check.unserved_note
            if check.quiet:
                yield from self._unseen(check)
        left_out = [*self._plan.left_out, *filter(self._blinkered, self._plan.checks)]
        if left_out:
            reason = "with rights on the whole cluster" if self._denied else "without -n"
            yield f"judged only {reason}: {', '.join(check.title for check in left_out)}"
        partly = [resource for resource in self._denied if self._has(resource)]
        if partly:
            names = sorted({name for resource in partly for name in self._readable(resource)})
            shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
            yield f"you may not list the whole cluster: namespaces judged: {shown} ({len(names)} of {self._tried})"

    def _unseen(self, check: Check) -> Iterator[str]:
        for resource in _asks(check):
            if denied := self._denied.get(resource):
                if not self._has(resource):
                    yield denied.message
                continue
            yield from (fetched.failure.message for fetched in self._of(resource) if fetched.failure)

    def _is_ready(self, check: Check) -> bool:
        asks = _asks(check)
        return self._open.isdisjoint(asks) and all(
            request in self._outcomes for resource in asks for request in self._requests[resource]
        )

    def _requests_of(self, resource: GroupResource) -> Sequence[Request]:
        return self._requests.get(resource) or self._plan.requests_for(resource)

    def _blinkered(self, check: Check) -> bool:
        """Whether a check of the whole cluster would see only a part of it."""
        return check.whole_cluster and any(
            resource in self._denied and self._has(resource) for resource in _asks(check)
        )

    def _where(self) -> str:
        return "in any namespace" if self._tried != 1 else "in the namespace of the context"

    def _readable(self, resource: GroupResource) -> tuple[str, ...]:
        return tuple(fetched.request.namespace for fetched in self._good(resource) if fetched.request.namespace)

    def _of(self, resource: GroupResource) -> list[Fetched]:
        outcomes = (self._outcomes.get(request) for request in self._requests_of(resource))
        return [fetched for fetched in outcomes if fetched is not None]

    def _good(self, resource: GroupResource) -> list[Fetched]:
        return [fetched for fetched in self._of(resource) if fetched.failure is None]

    def _has(self, resource: GroupResource) -> bool:
        return bool(self._good(resource))


def _place(fetched: Fetched) -> tuple[str, str]:
    return str(fetched.request.served.resource), fetched.request.namespace or ""


def _asks(check: Check) -> tuple[GroupResource, ...]:
    return (*check.needs, *check.optional)


def _unread(resource: GroupResource, namespace: str, failure: Failure, checks: list[Check], nor: str = "") -> Finding:
    code = CODES["HP001" if failure.kind == "forbidden" else "HP002"]
    blind = ", ".join(check.title for check in checks if resource in check.needs)
    message = f"{failure.message}, nor {nor}" if nor else failure.message
    message = f"{message}; not judged: {blind}" if blind else message
    return Finding(code.id, "error", checks[0].domain, namespace, str(resource), message, failure.hint or code.hint)
