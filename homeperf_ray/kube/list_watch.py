"""How a reflector lists and watches over a connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import msgspec

from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.errors import BadAnswer
from homeperf_ray.kube.kubelets import Kubelets
from homeperf_ray.kube.lister import Listed, read_list
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.stream import Stream
from homeperf_ray.timings.operation import Operation


class ListWatch:
    """A ``kube.reflector.ListerWatcher`` for one request: paged LISTs, and watches with the same selectors.

    ``told`` gets an operation for every page (``follow``) and every watch (``watch``) when it is over.
    """

    def __init__(
        self, connection: Connection, request: Request, told: Callable[[Operation], None] = lambda _: None
    ) -> None:
        self._connection = connection
        self._request = request
        self._told = told

    async def list(self) -> Listed:
        listed = await read_list(self._connection, self._request)
        for operation in listed.operations:
            self._told(msgspec.structs.replace(operation, kind="follow"))
        return listed

    async def watch(self, query: Mapping[str, str]) -> Stream:
        request = self._request
        selectors = {name: value for name, value in request.query().items() if name.endswith("Selector")}
        operation = Operation(
            kind="watch",
            started=time.time(),
            resource=str(request.served.resource),
            namespace=request.namespace or "",
        )
        return await self._connection.watch(request.path, {**selectors, **query}, operation=operation, told=self._told)


class KubeletWatch:
    """A ``kube.reflector.ListerWatcher`` for what a kubelet measures, which cannot be watched.

    ``told`` gets an operation (``follow``) for every call when it is over.
    """

    def __init__(
        self, kubelets: Kubelets, request: Request, told: Callable[[Operation], None] = lambda _: None
    ) -> None:
        self._kubelets = kubelets
        self._request = request
        self._told = told

    async def list(self) -> Listed:
        listed = await self._kubelets.read(self._request)
        for operation in listed.operations:
            self._told(msgspec.structs.replace(operation, kind="follow"))
        return listed

    async def watch(self, query: Mapping[str, str]) -> Stream:
        raise BadAnswer("the statistics of kubelets cannot be watched", status=405)
