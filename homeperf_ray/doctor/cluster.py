"""One context: can it be reached, who is the user there, and what may he read of what the checks need?"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path
from statistics import median

import msgspec

from homeperf_ray.checks.registry import by_domain
from homeperf_ray.doctor import kubelets, toolbox
from homeperf_ray.doctor.diagnosis import Diagnosis, Examination
from homeperf_ray.doctor.kubeconfig import kubeconfig
from homeperf_ray.doctor.permissions import Permissions, missing, planned
from homeperf_ray.executor.choice import chosen
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.plan import Plan, groups_of, make_plan
from homeperf_ray.executor.visiting import visiting
from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.discovery import Discovery, discover
from homeperf_ray.kube.errors import ConfigError, KubeError
from homeperf_ray.kube.resources import SECRETS, GroupResource
from homeperf_ray.kube.review import Identity, Permission, Reviewed, may, who_am_i
from homeperf_ray.kube.target import load_target
from homeperf_ray.limits.local_budgets import LocalBudgets
from homeperf_ray.timings.operation import Operation

SKEW = 5.0
"""Seconds that two clocks may differ before it matters."""

OLDEST = (1, 20)
"""The oldest Kubernetes that homeperf is tested with."""

_NUMBERS = re.compile(r"v?(\d+)\.(\d+)")

Examined = tuple[Examination, list[Operation]]


async def examine(jobs: Sequence[CheckJob], budget_dir: Path | None = None) -> list[Examined]:
    """Examine the context of each job as a check of it would meet it, all at once; nothing that goes wrong is raised.

    Contexts that lead to the same server share one budget, also with every other process that has ``budget_dir``.
    """
    budgets = LocalBudgets(budget_dir)
    try:
        return await asyncio.gather(*(_examine(job, budgets) for job in jobs))
    finally:
        await budgets.close()


async def _examine(job: CheckJob, budgets: LocalBudgets) -> Examined:
    try:
        target = load_target(job.access)
    except ConfigError as error:
        subject = f"context {job.access.context}" if job.access.context else "the current context"
        return Examination(subject=subject, context=job.access.context, diagnoses=(_failed("kubeconfig", error),)), []
    async with visiting(target, job, budgets) as connection:
        return await _Visit(connection, job).examine()


class _Visit:
    """One visit to a server."""

    def __init__(self, connection: Connection, job: CheckJob) -> None:
        self._connection = connection
        self._job = job
        self._deadline = time.monotonic() + job.timeout
        self._operations: list[Operation] = []

    async def examine(self) -> Examined:
        job, target = self._job, self._connection.target
        found = list(kubeconfig(job.access.kubeconfig, target))
        checks = chosen(job)
        discovered = await discover(self._connection, groups_of(checks), cache_dir=None, deadline=self._deadline)
        self._operations += discovered.operations
        examination = Examination(subject=f"context {target.context}", context=target.context, diagnoses=())
        if discovered.discovery is None:
            assert discovered.error is not None
            found.append(_failed("server", discovered.error))
        else:
            plan = make_plan(checks, discovered.discovery, job.namespaces, self._without())
            identity, clock, permissions = await asyncio.gather(self._who(), self._clock(), self._permissions(plan))
            found += [*self._server(discovered.discovery), *clock, *_identity(identity)]
            found += [*permissions.diagnoses(), *_apis(plan)]
            found += toolbox.warning(job.namespaces) if toolbox.asked(job, plan) else ()
            reviewed = await self._ask(kubelets.PERMISSIONS) if kubelets.asked(job) else ()
            if reviewed:
                why_not = await kubelets.bar(self._connection, reviewed, job)
                found += kubelets.diagnoses(reviewed, job.kubelet_access, why_not)
            lacking = (*permissions.missing, *(kubelets.missing(reviewed, job) if reviewed else ()))
            examination = msgspec.structs.replace(examination, user=identity.user if identity else "", missing=lacking)
        signed = [
            msgspec.structs.replace(one, run=job.run, worker="doctor", context=target.context)
            for one in self._operations
        ]
        return msgspec.structs.replace(examination, diagnoses=tuple(found)), signed

    def _without(self) -> frozenset[GroupResource]:
        return frozenset() if self._job.secrets else frozenset({SECRETS})

    async def _who(self) -> Identity | None:
        """Whom the server takes the user for; from the certificate where it does not say."""
        identity, operation = await who_am_i(self._connection, deadline=self._deadline)
        self._operations.append(operation)
        target = self._connection.target
        if identity is None and target.certificate and not target.source.material() and not target.impersonate:
            user, groups = target.certificate.subject()
            identity = Identity(user, groups) if user else None
        return identity

    async def _clock(self) -> list[Diagnosis]:
        """How far the server's clock is from this machine's, as far as a date without fractions tells."""
        before = time.time()
        operation = Operation(kind="discover", started=before, resource="/version")
        answer = await self._connection.get("/version", operation=operation, deadline=self._deadline)
        after = time.time()
        self._operations.append(answer.operation)
        try:
            there = parsedate_to_datetime(answer.date).timestamp()
        except (ValueError, TypeError):
            return []
        ahead = max(there - after, 0.0) or min(there + 1.0 - before, 0.0)
        if abs(ahead) < SKEW:
            return []
        which = "ahead of" if ahead > 0 else "behind"
        message = f"the server's clock is {abs(ahead):.0f} s {which} this machine's: ages and ends are off by as much"
        return [Diagnosis("clock", "warning", message, "Let both follow NTP: timedatectl set-ntp true")]

    async def _permissions(self, plan: Plan) -> Permissions:
        """Ask for everything cluster-wide (or in the namespaces of the job), and at home for what is denied there."""
        job = self._job
        wanted = planned(plan, job.namespaces, detailed=job.details > 0)
        if toolbox.asked(job, plan):
            wanted = tuple(dict.fromkeys([*wanted, *toolbox.permissions(job.namespaces, plan.server_version)]))
        wide = await self._ask(wanted)
        namespaced = {request.served.resource for request in plan.requests if request.served.namespaced}
        home = self._connection.target.namespace
        lists = [one.permission for one in wide if not one.allowed and one.error is None and not job.namespaces]
        again = [one for one in lists if one.verb == "list" and one.resource in namespaced]
        narrow = await self._ask([msgspec.structs.replace(one, namespace=home) for one in again])
        return Permissions(wide, narrow, missing(wide, (*plan.checks, *by_domain(job.domains, "exec"))))

    async def _ask(self, permissions: Sequence[Permission]) -> tuple[Reviewed, ...]:
        reviewed = await asyncio.gather(
            *(may(self._connection, permission, deadline=self._deadline) for permission in permissions)
        )
        self._operations += [one.operation for one in reviewed]
        return tuple(reviewed)

    def _server(self, discovery: Discovery) -> Iterator[Diagnosis]:
        """That it answers, in which version, and how soon."""
        version = discovery.version
        answered = [one for one in self._operations if one.status]
        soon = median(one.first_byte for one in answered) * 1000
        connecting = max(one.connect for one in answered) * 1000
        text = f"{self._connection.target.origin} answers: Kubernetes {version or 'of an unknown version'}"
        times = f"{soon:.1f} ms to the first byte (median of {len(answered)} requests), {connecting:.0f} ms to connect"
        yield Diagnosis("server", "ok", f"{text}; {times}")
        found = _NUMBERS.match(version)
        if found and (int(found[1]), int(found[2])) < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            message = f"Kubernetes {version} is older than {oldest}, the oldest that homeperf is tested with"
            yield Diagnosis("server", "warning", message, "Upgrade the cluster; what it does not serve is not judged.")


def _failed(name: str, error: KubeError) -> Diagnosis:
    return Diagnosis(name, "error", error.message, error.hint)


def _identity(identity: Identity | None) -> Iterator[Diagnosis]:
    if identity is None:
        yield Diagnosis("user", "note", "the server does not say whom it takes you for (it does from 1.28 on)")
        return
    many = "s" * (len(identity.groups) != 1)
    groups = f" (group{many} {', '.join(identity.groups)})" if identity.groups else ""
    yield Diagnosis("user", "ok", f"the server takes you for {identity.user}{groups}")


def _apis(plan: Plan) -> Iterator[Diagnosis]:
    """API groups that do not answer, and what this cluster does not serve."""
    for failure in {failure.message: failure for failure in plan.unavailable.values()}.values():
        yield Diagnosis("apis", "warning", failure.message, failure.hint)
    notes = [check.unserved_note for check in plan.checks if plan.unserved.intersection(check.needs)]
    yield from (Diagnosis("apis", "note", note) for note in dict.fromkeys(notes) if note)
