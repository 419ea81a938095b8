"""How a reflector lists and watches over a connection."""

from __future__ import annotations

from collections.abc import Mapping

from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.errors import BadAnswer
from homeperf_ray.kube.kubelets import Kubelets
from homeperf_ray.kube.lister import Listed, read_list
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.stream import Stream


class ListWatch:
    """A ``kube.reflector.ListerWatcher`` for one request: paged LISTs, and watches with the same selectors."""

    def __init__(self, connection: Connection, request: Request) -> None:
        self._connection = connection
        self._request = request

    async def list(self) -> Listed:
        return await read_list(self._connection, self._request)

    async def watch(self, query: Mapping[str, str]) -> Stream:
        request = self._request
        selectors = {name: value for name, value in request.query().items() if name.endswith("Selector")}
        return await self._connection.watch(
            request.path,
            {**selectors, **query},
            resource=str(request.served.resource),
            namespace=request.namespace or "",
        )


class KubeletWatch:
    """A ``kube.reflector.ListerWatcher`` for what a kubelet measures, which cannot be watched."""

    def __init__(self, kubelets: Kubelets, request: Request) -> None:
        self._kubelets = kubelets
        self._request = request

    async def list(self) -> Listed:
        return await self._kubelets.read(self._request)

    async def watch(self, query: Mapping[str, str]) -> Stream:
        raise BadAnswer("the statistics of kubelets cannot be watched", status=405)
