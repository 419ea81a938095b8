"""The worker: reads one API server over one pool, and judges. Every runner drives this class."""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.registry import by_name
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.evaluation import evaluated
from homeperf_ray.executor.follow_order import FollowOrder
from homeperf_ray.executor.inside import Inside
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.look import Look, Looked
from homeperf_ray.executor.outcome import Failure, Fetched
from homeperf_ray.executor.pool_state import PoolState
from homeperf_ray.executor.visiting import Bounds, Visit
from homeperf_ray.kube.connection import Answer, Connection
from homeperf_ray.kube.discovery import Discovered, discover
from homeperf_ray.kube.discovery_cache import forget
from homeperf_ray.kube.errors import ConfigError, NotFound
from homeperf_ray.kube.evidence import read_events, read_log
from homeperf_ray.kube.gate import Gate
from homeperf_ray.kube.kubelets import Kubelets
from homeperf_ray.kube.list_watch import KubeletWatch, ListWatch
from homeperf_ray.kube.lister import Listed, read_list
from homeperf_ray.kube.reflector import Reflector, Sink
from homeperf_ray.kube.request import Kubelet, KubeletAccess, Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.kube.target import Target, load_target
from homeperf_ray.kube.toolbox import read_toolboxes
from homeperf_ray.timings.operation import Operation

MAX_POOLS = 8
"""Pools kept open; beyond that the least recently used one that is idle is closed."""

MAX_RUNS = 32

LOOK_SECONDS = 3.0
"""For how long evidence is waited for: the API server has much patience with the kubelet of a node that is gone."""


@dataclass
class _Pool:
    connection: Connection
    gate: Gate
    kubelets: dict[tuple[KubeletAccess, bool], Kubelets] = field(default_factory=dict)
    users: int = 0

    def asking(self, kubelet: Kubelet) -> Kubelets:
        """The kubelets that may be asked on the same ways."""
        ways = (kubelet.access, kubelet.insecure)
        if ways not in self.kubelets:
            self.kubelets[ways] = Kubelets(self.connection, self.gate, access=ways[0], insecure=ways[1])
        return self.kubelets[ways]

    async def close(self) -> None:
        for kubelets in self.kubelets.values():
            await kubelets.close()
        await self.connection.close()


class Worker:
    """Reads for many jobs, a keep-alive pool for each server, identity, budget, concurrency and patience.

    ``gate_for`` gives the gate of a server and of a job's budget. ``discovery_dir`` is where discovery is cached on
    disk, None for not.
    Methods raise ConfigError for a kubeconfig that cannot be used and nothing else; failures are values.
    """

    def __init__(
        self,
        *,
        name: str,
        node: str,
        gate_for: Callable[[Target, Bounds], Gate],
        discovery_dir: Path | None = None,
    ) -> None:
        self.name = name
        self.node = node
        self._gate_for = gate_for
        self._discovery_dir = discovery_dir
        self._targets: OrderedDict[str, Target] = OrderedDict()
        self._pools: OrderedDict[tuple[str, str, float, int, int, float], _Pool] = OrderedDict()

    async def discover(self, job: CheckJob, groups: frozenset[str], *, timeout: float) -> Discovered:
        """What the server serves of ``groups``, within ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        cache = self._discovery_dir if job.max_age > 0 else None
        async with self._pool(job) as pool:
            found = await discover(pool.connection, groups, cache_dir=cache, deadline=deadline)
        return msgspec.structs.replace(found, operations=self._signed(job, found.operations))

    async def fetch(self, job: CheckJob, request: Request, *, timeout: float, queue: float = 0.0) -> Fetched:
        """Read one LIST into a ``pyarrow.Table`` within ``timeout`` seconds; ``queue`` is how long it has waited."""
        deadline = time.monotonic() + timeout
        async with self._pool(job) as pool:
            connection = pool.connection
            listed = await self._listed(pool, request, deadline)
        operations = self._signed(job, listed.operations, queue)
        if listed.error is not None:
            if isinstance(listed.error, NotFound) and self._discovery_dir:
                forget(self._discovery_dir, connection.target)
            return Fetched(request=request, failure=Failure.of(listed.error), operations=operations)
        return Fetched(
            request=request,
            table=listed.table,
            rows=listed.table.num_rows,
            version=listed.version,
            operations=operations,
        )

    async def follow(self, order: FollowOrder, sink: Sink, told: Callable[[Operation], None] = lambda _: None) -> None:
        """Tell ``sink`` of every change until it raises or this is cancelled, and ``told`` of every LIST and watch.

        Raises ConfigError where the kubeconfig no longer names the server and the user of the order.
        """
        job, request = order.job, order.request
        target = self.target(job)
        if (target.server_id, target.identity) != (order.server, order.identity):
            raise ConfigError("the kubeconfig now names another server or user", "Nothing is to be done.")

        def sign(operation: Operation) -> None:
            told(self._as_mine(operation, job.run, target.context))

        async with self._pool(job) as pool:
            kubelets = KubeletWatch(pool.asking(request.kubelet), request, sign) if request.kubelet else None
            await Reflector(
                kubelets or ListWatch(pool.connection, request, sign),
                request,
                sink,
                version=order.version,
                streaming=order.streaming and kubelets is None,
                refresh=order.refresh,
            ).run()

    def judge(self, job: CheckJob, batch: Batch, tables: Mapping[GroupResource, Sequence[pa.Table]]) -> Judged:
        """Evaluate a batch's checks over its part of the tables. A check that fails is a finding, not an exception."""
        started, clock = time.time(), time.perf_counter()
        whole = {resource: pa.concat_tables(parts, promote_options="default") for resource, parts in tables.items()}
        part = {resource: _part_of(table, batch) for resource, table in whole.items()}
        snapshot = Snapshot(part, batch.now, batch.scope, dict(batch.partial), batch.server_version)
        judgements = tuple(evaluated(by_name(name), snapshot, batch.thresholds) for name in batch.checks)
        spent = time.perf_counter() - clock
        operation = Operation(
            kind="evaluate",
            started=started,
            resource=",".join(batch.checks),
            items=sum(judgement.examined for judgement in judgements),
            evaluate=spent,
            total=spent,
        )
        return Judged(judgements=judgements, operations=self._signed(job, (operation,)))

    async def look(self, job: CheckJob, look: Look, *, timeout: float) -> Looked:
        """Fetch events and log lines of one object within ``timeout`` seconds, and no more than ``LOOK_SECONDS``."""
        deadline = time.monotonic() + min(timeout, LOOK_SECONDS)
        async with self._pool(job) as pool:
            connection = pool.connection
            asked = []
            if "events" in look.aid:
                asked.append(read_events(connection, look.kind, look.namespace, look.name, deadline=deadline))
            if "logs" in look.aid and look.kind == "Pod":
                asked.append(read_log(connection, look.namespace, look.name, look.container, deadline=deadline))
            found = await asyncio.gather(*asked)
        return Looked(
            look=look,
            events=tuple(event for one in found for event in one.events),
            log=tuple(line for one in found for line in one.log),
            failures=tuple(Failure.of(error) for one in found for error in one.errors),
            operations=self._signed(job, [operation for one in found for operation in one.operations]),
        )

    async def get(
        self, job: Visit, path: str, query: Mapping[str, str], operation: Operation, *, accept: str, timeout: float
    ) -> Answer:
        """GET one path within ``timeout`` seconds; the answer as it came."""
        deadline = time.monotonic() + timeout
        async with self._pool(job) as pool:
            answer = await pool.connection.get(path, query, operation=operation, accept=accept, deadline=deadline)
        [signed] = self._signed(job, (answer.operation,))
        error = answer.error.with_traceback(None) if answer.error else None
        return msgspec.structs.replace(answer, operation=signed, error=error)

    async def inside(self, job: CheckJob, *, timeout: float, at_once: bool = True) -> Inside:
        """Ask the toolboxes of Ceph within ``timeout`` seconds; without ``at_once`` one thing after another."""
        deadline = time.monotonic() + timeout
        async with self._pool(job) as pool:
            told = await read_toolboxes(pool.connection, job.namespaces, deadline=deadline, at_once=at_once)
        return Inside.of(told, self._signed(job, told.operations))

    def pools(self) -> tuple[PoolState, ...]:
        """What every pool is doing."""
        return tuple(
            PoolState(
                server=pool.connection.target.origin,
                context=pool.connection.target.context,
                users=pool.users,
                opened=pool.connection.opened,
                sent=pool.connection.sent,
            )
            for pool in self._pools.values()
        )

    async def close(self) -> None:
        """Close every pool."""
        while self._pools:
            _, pool = self._pools.popitem()
            await pool.close()

    async def _listed(self, pool: _Pool, request: Request, deadline: float) -> Listed:
        if request.kubelet is not None:
            return await pool.asking(request.kubelet).read(request, deadline=deadline)
        return await read_list(pool.connection, request, deadline=deadline)

    @asynccontextmanager
    async def _pool(self, job: Visit) -> AsyncIterator[_Pool]:
        target = self.target(job)
        key = (target.server_id, target.identity, job.qps, job.burst, job.concurrency, job.request_timeout)
        if key not in self._pools:
            gate = self._gate_for(target, job)
            connection = Connection(
                target,
                gate=gate,
                concurrency=job.concurrency,
                request_timeout=job.request_timeout,
            )
            self._pools[key] = _Pool(connection, gate)
        pool = self._pools[key]
        self._pools.move_to_end(key)
        pool.users += 1
        try:
            yield pool
        finally:
            pool.users -= 1
            await self._close_oldest()

    async def _close_oldest(self) -> None:
        idle = [key for key, pool in self._pools.items() if not pool.users]
        if idle and len(self._pools) > MAX_POOLS:
            await self._pools.pop(idle[0]).close()

    def target(self, job: Visit) -> Target:
        """The job's target, read once a run: a changed kubeconfig counts from the next run on."""
        if job.run not in self._targets:
            self._targets[job.run] = load_target(job.access)
            if len(self._targets) > MAX_RUNS:
                self._targets.popitem(last=False)
        return self._targets[job.run]

    def _signed(self, job: Visit, operations: Sequence[Operation], queue: float = 0.0) -> tuple[Operation, ...]:
        target = self._targets.get(job.run)
        context = target.context if target else job.access.context
        return tuple(
            self._as_mine(operation, job.run, context, queue if number == 0 else 0.0)
            for number, operation in enumerate(operations)
        )

    def _as_mine(self, operation: Operation, run: str, context: str, queue: float = 0.0) -> Operation:
        return msgspec.structs.replace(
            operation,
            run=run,
            node=self.node,
            worker=self.name,
            pid=os.getpid(),
            context=context,
            queue=operation.queue + queue,
        )


def _part_of(table: pa.Table, batch: Batch) -> pa.Table:
    if batch.parts == 1 or "namespace" not in table.column_names:
        return table
    column = table.column("namespace")
    mine = [name for name in pc.unique(column).to_pylist() if name is not None and batch.holds(name)]
    return table.filter(pc.is_in(column, value_set=pa.array(mine, pa.string())))
