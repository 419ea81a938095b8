"""The kubelets of one cluster: what each tells of its volumes, directly or through the API server."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import msgspec

from homeperf_ray.kube.backend import Backend
from homeperf_ray.kube.connection import Answer, Connection
from homeperf_ray.kube.errors import ConfigError, Forbidden, KubeError
from homeperf_ray.kube.gate import Gate, OpenGate
from homeperf_ray.kube.identity import Lent
from homeperf_ray.kube.kubelet_ways import Rights, Way, address, barred, ways
from homeperf_ray.kube.lister import Listed
from homeperf_ray.kube.models.kubelet import Measured
from homeperf_ray.kube.request import Kubelet, KubeletAccess, Request
from homeperf_ray.kube.resources import NODES
from homeperf_ray.kube.retry import RetryPolicy
from homeperf_ray.kube.review import Permission, may
from homeperf_ray.kube.tls import Trust
from homeperf_ray.timings.operation import Operation

PATIENCE = 5.0
"""Seconds for which one kubelet is waited for. It reads its statistics from memory, in milliseconds."""

KNOCKING = 2.0
"""Seconds within which a kubelet takes a connection and its certificate is verified."""

AT_ONCE = 32
"""Kubelets that are asked at once: one that hangs holds one place."""

MOST_BYTES = 16 << 20
"""Bytes of a summary. One of 110 pods has 300 kB; a kubelet is not trusted to end its answer."""

DEAD_ENDS = 3
"""After so many kubelets that could not be reached directly, and none that could, no other is tried."""

RIGHTS_SECONDS = 600.0
"""For how long it is known what the user may."""

AGAIN_SECONDS = 2.0
"""For how long nothing is asked again of what the user may: neither after a refusal, nor where there was no answer."""

_RETRY = RetryPolicy(attempts=2, statuses=frozenset({429}), causes=frozenset({"reset"}))
_ONCE = RetryPolicy(attempts=1)

STATS = Permission("get", NODES, subresource="stats")
PROXY = Permission("get", NODES, subresource="proxy")
"""What a user needs of these two: the first allows no more than to read statistics."""


class Kubelets:
    """Asks kubelets as the user of ``connection``, whose server is asked what that user may.

    A direct call does not count against the server's budget, which ``gate`` keeps; one through the server does. The
    user's credentials go only to a kubelet whose certificate the cluster's authority has signed for its address,
    unless ``insecure``. ``patience`` is in seconds.
    """

    def __init__(
        self,
        connection: Connection,
        gate: Gate,
        *,
        access: KubeletAccess = "auto",
        insecure: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        self._server = connection
        self._access = access
        self._insecure = insecure
        self._backend = Backend(patience, MOST_BYTES)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._proxied = Connection(
            connection.target,
            gate=gate,
            concurrency=AT_ONCE,
            request_timeout=self._backend.patience,
            retry=_RETRY,
            identity=Lent(connection.identity),
        )
        self._asking = asyncio.Lock()
        self._rights: tuple[float, Rights | KubeError] | None = None
        self._met = self._missed = 0

    async def read(self, request: Request, *, deadline: float | None = None) -> Listed:
        """A row for each claim that is mounted on a node; or one with the ``fault`` of a kubelet that told nothing.

        ``error`` is for what would be the same for every kubelet: the user may not, or the server does not answer.
        """
        assert request.kubelet is not None
        operations: list[Operation] = []
        try:
            async with self._slots:
                rows = await self._asked(request.kubelet, operations, deadline)
        except KubeError as error:
            return Listed(error=error.with_traceback(None), operations=tuple(operations))
        from homeperf_ray.kube.columns.volume_stats import stats_table

        return Listed(table=stats_table(rows), operations=tuple(operations))

    async def close(self) -> None:
        """Close every connection that is its own."""
        await self._proxied.close()

    async def _asked(self, kubelet: Kubelet, operations: list[Operation], deadline: float | None) -> list[Measured]:
        known, rights = await self._known_rights(operations, deadline)
        credential = self._server.identity.shown(await self._server.identity.current())
        bar = barred(self._server.target, credential, rights, self._access, insecure=self._insecure)
        possible = ways(self._access, rights, bar)
        if not possible:
            raise _forbidden(self._server, rights, bar, self._access)
        failed = False
        for way in possible:
            last = way == possible[-1]
            if way == "direct" and not last and not self._worth_a_try(kubelet):
                continue
            answer = await self._answer(kubelet, way, deadline)
            operations.append(_counted(answer.operation, way, second=failed))
            failed = True
            if answer.error is None:
                return _decoded(kubelet, way, answer, operations)
            if _refused(answer) and time.monotonic() - known > AGAIN_SECONDS:
                self._forget(known)
                return await self._asked(kubelet, operations, deadline)
            if last or _took_it(answer):
                return [_fault(kubelet, way, answer.error, self._server)]
        raise AssertionError("the last way returns")

    async def _answer(self, kubelet: Kubelet, way: Way, deadline: float | None) -> Answer:
        if way == "direct":
            return await self._directly(kubelet, deadline)
        operation = Operation(kind="kubelet", started=time.time(), resource="nodes/proxy")
        path = f"/api/v1/nodes/{kubelet.node}/proxy/stats/summary"
        answer = await self._proxied.get(path, operation=operation, deadline=deadline, backend=self._backend)
        if answer.error is not None and answer.error.kind == "config":
            raise answer.error
        return answer

    async def _directly(self, kubelet: Kubelet, deadline: float | None) -> Answer:
        """Ask the kubelet itself, over a connection of its own."""
        server = self._server
        operation = Operation(kind="kubelet", started=time.time(), resource="nodes/stats")
        where = address(kubelet)
        if not where:
            message = f"the status of node {kubelet.node} names no address of its kubelet"
            error = ConfigError(message, f"kubectl get node {kubelet.node} -o wide")
            return Answer(operation=msgspec.structs.replace(operation, error=error.kind), error=error)
        trust = Trust(insecure=True) if self._insecure else Trust(ca=server.target.trust.ca)
        target = replace(server.target, server=where, trust=trust, impersonate=(), proxy="")
        connection = Connection(
            target,
            gate=OpenGate(),
            concurrency=1,
            request_timeout=self._backend.patience,
            connect_timeout=KNOCKING,
            retry=_ONCE,
            identity=Lent(server.identity),
        )
        try:
            answer = await connection.get(
                "/stats/summary", operation=operation, deadline=deadline, once=True, backend=self._backend
            )
        finally:
            await connection.close()
        reached = answer.operation.sent > 0
        self._met += reached
        self._missed += not reached
        return answer

    def _worth_a_try(self, kubelet: Kubelet) -> bool:
        """Whether this machine seems to reach kubelets directly."""
        return bool(address(kubelet)) and (self._met > 0 or self._missed < DEAD_ENDS)

    async def _known_rights(self, operations: list[Operation], deadline: float | None) -> tuple[float, Rights]:
        """What the user may, asked once, and when (``time.monotonic()``). Raises KubeError where nobody says."""
        async with self._asking:
            age = time.monotonic() - self._rights[0] if self._rights else RIGHTS_SECONDS
            if self._rights is None or age >= (
                RIGHTS_SECONDS if isinstance(self._rights[1], Rights) else AGAIN_SECONDS
            ):
                self._rights = None
                rights = await self._reviewed(operations, deadline)
                if isinstance(rights, KubeError) and deadline is not None and time.monotonic() >= deadline:
                    raise rights
                self._rights = time.monotonic(), rights
            known, found = self._rights
        if isinstance(found, KubeError):
            raise found
        return known, found

    async def _reviewed(self, operations: list[Operation], deadline: float | None) -> Rights | KubeError:
        """What the server says that the user may, or why it does not say."""
        reviewed = await asyncio.gather(*(may(self._server, one, deadline=deadline) for one in (STATS, PROXY)))
        operations += [one.operation for one in reviewed]
        stats, proxy = reviewed
        return stats.error or proxy.error or Rights(stats.allowed, proxy.allowed)

    def _forget(self, known: float) -> None:
        """Ask again what the user may, unless that was done since ``known``."""
        if self._rights is not None and self._rights[0] == known:
            self._rights = None


def _refused(answer: Answer) -> bool:
    """Whether somebody said no: the server, by rights that have changed since, or the kubelet, for itself."""
    return answer.operation.status in {401, 403}


def _took_it(answer: Answer) -> bool:
    """Whether the kubelet let the user in and failed then: on another way it would do the same."""
    return answer.operation.sent > 0 and not _refused(answer)


def _counted(operation: Operation, way: Way, *, second: bool) -> Operation:
    """A direct call is none that the API server has seen, which is what ``sent`` and ``retries`` count."""
    operation = msgspec.structs.replace(operation, page=int(second))
    return msgspec.structs.replace(operation, sent=0, retries=0) if way == "direct" else operation


def _decoded(kubelet: Kubelet, way: Way, answer: Answer, operations: list[Operation]) -> list[Measured]:
    from homeperf_ray.kube.columns.volume_stats import measured

    clock = time.perf_counter()
    try:
        rows = measured(kubelet.node, way, answer.body)
    except ValueError:
        rows = [
            Measured(node=kubelet.node, way=way, fault="what its kubelet tells could not be understood", hint=_LOOK)
        ]
    operations[-1] = msgspec.structs.replace(
        operations[-1], decode=time.perf_counter() - clock, items=sum(row.name is not None for row in rows)
    )
    return rows


_LOOK = "kubectl get --raw /api/v1/nodes/{name}/proxy/stats/summary"
_SIGN = "homeperf explain HP331"


def _fault(kubelet: Kubelet, way: Way, error: KubeError, server: Connection) -> Measured:
    """Why a kubelet told nothing, in words about the kubelet."""
    message, hint = error.message, "kubectl describe node {name}"
    if way == "proxy":
        message = message.replace(str(server.target), "its kubelet, through the API server,")
    elif where := address(kubelet):
        message = message.replace(str(replace(server.target, server=where)), f"its kubelet at {where}")
        hint = _SIGN if "certificate" in message else hint
    return Measured(node=kubelet.node, way=way, fault=message, hint=hint)


def _forbidden(server: Connection, rights: Rights, bar: str, access: KubeletAccess) -> Forbidden:
    """Why no way is left, and what opens one."""
    if rights.stats and bar and access != "proxy":
        message = (
            f"kubelets at {server.target} may not be asked directly, as {bar}; and the user may not get nodes/proxy"
        )
    elif access == "auto":
        message = f"this user may get neither nodes/stats nor nodes/proxy at {server.target}"
    else:
        wanted = "nodes/stats" if access == "direct" else "nodes/proxy"
        message = (
            f"this user may not get {wanted} at {server.target}, and --kubelet-access {access} allows nothing else"
        )
    return Forbidden(message, "`homeperf doctor --kubelet` prints the rule that is missing, and what it lets do.", 403)
