"""Narrowing: a resource that may not be listed cluster-wide is listed in the namespaces that may be read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import msgspec

from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.outcome import Fetched
from homeperf_ray.executor.plan import HEAVY
from homeperf_ray.executor.runner import Runner
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import ServedResource


def narrowable(fetched: Fetched) -> bool:
    """Whether this is a cluster-wide LIST of namespaced objects that the user may not do."""
    request = fetched.request
    forbidden = fetched.failure is not None and fetched.failure.kind == "forbidden"
    return forbidden and request.namespace is None and request.served.namespaced


MAX_NAMESPACES = 100
"""In how many namespaces a denied resource is asked for; a user with more names them with ``-n``."""


class Narrowing:
    """Reads denied resources namespace by namespace.

    The first of them is asked for in every namespace that the user can see, or in the namespace of the context where
    none can be seen; the others only where that one could be read, or, where it could be read nowhere, in the
    namespace of the context. So a user who may read three namespaces of thirty costs thirty requests and not five
    hundred.
    """

    def __init__(self, runner: Runner, job: CheckJob, namespaces: ServedResource | None, known: Fetched | None) -> None:
        self._runner = runner
        self._job = job
        self._served = namespaces
        self._known = known
        self.requests = 0
        self.tried = 0

    async def fetch(self, denied: Sequence[Request]) -> AsyncIterator[Fetched]:
        """Every outcome, the LIST of the namespaces included where it was not known.

        ``requests`` counts the LISTs, and ``tried`` the namespaces that were asked for the first resource.
        """
        known = self._known
        if known is None and self._served is not None:
            self.requests += 1
            async for known in self._runner.fetch(self._job, [Request(self._served)]):
                yield known
        home = self._runner.target(self._job).namespace
        table = await self._runner.read(known.table) if known is not None and known.failure is None else None
        visible = () if table is None else tuple(table["name"].to_pylist())
        asked = visible[:MAX_NAMESPACES] or (home,)
        self.tried = len(asked)
        first, *others = sorted(denied, key=lambda request: request.served.resource not in HEAVY)
        readable: list[str] = []
        async for fetched in self._each([first], asked):
            if fetched.failure is None and fetched.request.namespace:
                readable.append(fetched.request.namespace)
            yield fetched
        async for fetched in self._each(others, sorted(readable) or (home,)):
            yield fetched

    async def _each(self, requests: Sequence[Request], namespaces: Sequence[str]) -> AsyncIterator[Fetched]:
        narrowed = [
            msgspec.structs.replace(request, namespace=namespace) for request in requests for namespace in namespaces
        ]
        self.requests += len(narrowed)
        async for fetched in self._runner.fetch(self._job, narrowed):
            yield fetched
