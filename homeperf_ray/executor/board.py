"""The board: which outcomes are in, which checks can be judged, and what never will be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Finding
from homeperf_ray.checks.registry import CODES
from homeperf_ray.executor.outcome import Failure, Fetched
from homeperf_ray.executor.plan import Plan
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource


class Board:
    """Holds the outcomes of one plan's requests, each accepted once, and hands out checks as they become ready."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._wanted = {
            check.name: {request for resource in _asks(check) for request in plan.requests_for(resource)}
            for check in plan.checks
        }
        self._outcomes: dict[Request, Fetched] = {}
        self._waiting = list(plan.checks)
        self.judged = 0

    def accept(self, fetched: Fetched) -> None:
        """Take one outcome in."""
        self._outcomes[fetched.request] = fetched

    def take_ready(self) -> tuple[Check, ...]:
        """The checks whose last outcome has come since the last call, without those that cannot be judged."""
        ready = [check for check in self._waiting if self._wanted[check.name] <= self._outcomes.keys()]
        self._waiting = [check for check in self._waiting if check not in ready]
        judgeable = tuple(check for check in ready if all(self._has(resource) for resource in check.needs))
        self.judged += len(judgeable)
        return judgeable

    def tables(self, checks: tuple[Check, ...]) -> dict[GroupResource, list[Any]]:
        """The tables that these checks look at, one a request."""
        resources = {resource for check in checks for resource in _asks(check) if self._has(resource)}
        return {resource: [fetched.table for fetched in self._good(resource)] for resource in resources}

    def rows(self, checks: tuple[Check, ...]) -> int:
        """How many rows these checks look at."""
        resources = {resource for check in checks for resource in _asks(check)}
        return sum(fetched.rows for resource in resources for fetched in self._good(resource))

    def failures(self) -> tuple[Failure, ...]:
        """Everything that could not be read."""
        return tuple(fetched.failure for fetched in self._outcomes.values() if fetched.failure)

    def findings(self) -> Iterator[Finding]:
        """One finding a resource that could not be read, or one a namespace where only some could not."""
        for resource in {resource: None for check in self._plan.checks for resource in _asks(check)}:
            users = [check for check in self._plan.checks if resource in _asks(check)]
            loud = [check for check in users if not check.quiet]
            if not loud:
                continue
            if failure := self._plan.unavailable.get(resource):
                yield _unread(resource, "", failure, loud)
            failed = [(f.request, f.failure) for f in self._of(resource) if f.failure]
            kinds = {failure.kind for _, failure in failed}
            if len(failed) > 1 and len(kinds) == 1 and not self._has(resource):
                yield _unread(resource, "", failed[0][1], loud)
            else:
                for request, failure in failed:
                    yield _unread(resource, request.namespace or "", failure, loud)

    def notes(self) -> Iterator[str]:
        """What the cluster does not have, what was left out, and what quiet checks could not see."""
        for check in self._plan.checks:
            if any(resource in self._plan.unserved for resource in check.needs) and check.unserved_note:
                yield check.unserved_note
            if check.quiet:
                yield from (f.failure.message for r in _asks(check) for f in self._of(r) if f.failure)
        if self._plan.left_out:
            titles = ", ".join(check.title for check in self._plan.left_out)
            yield f"judged only without -n: {titles}"

    def _of(self, resource: GroupResource) -> list[Fetched]:
        outcomes = (self._outcomes.get(request) for request in self._plan.requests_for(resource))
        return [fetched for fetched in outcomes if fetched is not None]

    def _good(self, resource: GroupResource) -> list[Fetched]:
        return [fetched for fetched in self._of(resource) if fetched.failure is None]

    def _has(self, resource: GroupResource) -> bool:
        return bool(self._good(resource))


def _asks(check: Check) -> tuple[GroupResource, ...]:
    return (*check.needs, *check.optional)


def _unread(resource: GroupResource, namespace: str, failure: Failure, checks: list[Check]) -> Finding:
    code = CODES["HP001" if failure.kind == "forbidden" else "HP002"]
    blind = ", ".join(check.title for check in checks if resource in check.needs)
    message = f"{failure.message}; not judged: {blind}" if blind else failure.message
    return Finding(code.id, "error", checks[0].domain, namespace, str(resource), message, failure.hint or code.hint)
