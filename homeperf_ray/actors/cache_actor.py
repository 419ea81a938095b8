"""CacheActor: owns the tables in the object store, and houses the Gateway."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import ray

from homeperf_ray.actors.contents import clear, held
from homeperf_ray.actors.credentials import GatewayCredentials
from homeperf_ray.actors.fleet import Fleet, Node
from homeperf_ray.actors.folder import RuntimeFolder
from homeperf_ray.actors.following import Following
from homeperf_ray.actors.gateway import Gateway, Send, Tell
from homeperf_ray.actors.getting import run_get
from homeperf_ray.actors.idle import Idle
from homeperf_ray.actors.keys import Key
from homeperf_ray.actors.names import LIMITER, NAMESPACE, worker_name
from homeperf_ray.actors.nodes import give_up, living_nodes, worker_on
from homeperf_ray.actors.protocol import (
    VERSION,
    CacheHeld,
    Cleared,
    Gathered,
    NodeState,
    Outcomes,
    Progress,
    Result,
    State,
)
from homeperf_ray.actors.ray_runner import RayRunner
from homeperf_ray.actors.serving import Serving
from homeperf_ray.actors.stop import stop_from_within
from homeperf_ray.actors.tls_gateway import TlsGateway
from homeperf_ray.actors.versions import versions
from homeperf_ray.actors.workers import PATIENCE, Member, Workers
from homeperf_ray.cache.resource_cache import ResourceCache
from homeperf_ray.checks.finding import Judgement
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.parallel import EnhancedParallelExecutor
from homeperf_ray.executor.processor import Operations, Processor
from homeperf_ray.kube.changes import Change
from homeperf_ray.kube.errors import Unreachable
from homeperf_ray.kube.target import load_target
from homeperf_ray.limits.lease import BudgetState
from homeperf_ray.objects.job import GetJob
from homeperf_ray.timings.background import Background, Done
from homeperf_ray.timings.dataset import encode

JUDGE_ATTEMPTS = 2
"""Workers that may die over one batch of manifests; then whoever sent it judges it, file by file."""

REOPEN_SECONDS = 1.0

TIDY_SECONDS = 5.0

KEEP_SECONDS = 3600.0
"""After which nothing that was read once is kept, even where there is room."""


class CacheActor:
    """A shell around the classes of ``cache``: the process that puts a table into the object store is its owner.

    ``max_bytes`` bounds what the cache holds. The actor is soft state: after a restart the cache is empty and the
    Gateway listens again. With ``serving`` it is the runtime of a cluster: the Gateway listens for workstations, there
    is a worker on each node, and ``folder`` and ``workers`` count for nothing.
    """

    def __init__(
        self, folder: str, workers: int, max_bytes: int, *, serving: Serving | None = None, idle_stop: float = 0.0
    ) -> None:
        self._folder = RuntimeFolder(Path(folder))
        self._serving = serving
        self._fleet: asyncio.Task[None] | None = None
        self._limiter = ray.get_actor(LIMITER, NAMESPACE)
        self._idle = Idle(0.0 if serving else idle_stop, time.monotonic)
        self._cache: ResourceCache[Key, Any] = ResourceCache(max_bytes=max_bytes, clock=time.monotonic)
        names = [] if serving else [worker_name(number) for number in range(workers)]
        self._workers = Workers([Member(name, ray.get_actor(name, NAMESPACE)) for name in names])
        self._generation = secrets.token_hex(4)
        self._following = Following(self._workers, self._cache.budget, self._generation)
        self._background = Background()
        self._names: dict[tuple[str, str], tuple[str, str]] = {}
        self._gateway = Gateway(self._check, self._judge, self._status, self._held, self._clear, self._get)
        self._started = time.monotonic()
        self._reopening = False
        self._tidying: asyncio.Task[None] | None = None
        context = ray.get_runtime_context()
        if context.was_current_actor_reconstructed:
            threading.Thread(target=_have_reopened, args=(context.current_actor,), daemon=True).start()

    async def open(self) -> None:
        """Meet the workers, then let clients in."""
        self._tidying = self._tidying or asyncio.create_task(self._tidy())
        if self._serving is not None:
            await self._serve(self._serving)
            return
        for member in self._workers.members:
            await member.introduce()
            member.handle.unfollow_others.remote(self._generation)
        await self._gateway.open(self._folder.socket)
        if self._idle.limit:
            self._ending = asyncio.create_task(self._end_when_idle())

    async def _tidy(self) -> None:
        """Give up what is used no more, for as long as the actor lives."""
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            self._following.sweep()
            self._cache.expire(KEEP_SECONDS)

    async def _end_when_idle(self) -> None:
        await self._idle.over()
        stop_from_within(self._folder)

    async def reopen(self) -> None:
        """Open after a restart, when workers or nodes may be about to restart too: again and again until it is done.

        Harmless where it is open, or being opened, already.
        """
        if self._reopening:
            return
        self._reopening = True
        while True:
            try:
                await self.open()
            except Exception as error:  # noqa: BLE001 - what fails now may succeed with the next attempt
                print(f"the Gateway cannot be opened yet: {error}", flush=True)  # noqa: T201
                await asyncio.sleep(REOPEN_SECONDS)
            else:
                return

    async def _serve(self, serving: Serving) -> None:
        if self._fleet is not None:
            return
        fleet = Fleet(self._workers, living_nodes, self._worker_on, give_up)
        await fleet.reconcile()
        await TlsGateway(self._gateway, GatewayCredentials(Path(serving.credentials))).open(serving.host, serving.port)
        self._fleet = asyncio.create_task(fleet.follow())

    def _worker_on(self, node: Node) -> Any:
        handle = worker_on(node)
        handle.unfollow_others.remote(self._generation)
        return handle

    async def _check(self, job: CheckJob, tell: Tell) -> Result:
        if self._serving is not None:
            job = self._serving.vetted(job)
        target = load_target(job.access)
        job = msgspec.structs.replace(job, access=target.pinned(job.access))
        self._names[target.server_id, target.identity] = (target.origin, target.context)
        runner = RayRunner(self._workers, self._cache, self._following, target, job)
        operations = Operations()
        with self._idle.busy():
            report = await EnhancedParallelExecutor(runner, (operations, _Teller(tell))).run(job)
        behind = self._background.take(target.server_id, target.identity) if job.timings else []
        return Result(report, encode([*operations.rows, *behind]) if job.timings else b"")

    async def _get(self, job: bytes, cache_dir: str, send: Send) -> Gathered:
        with self._idle.busy():
            return await run_get(self._workers, msgspec.msgpack.decode(job, type=GetJob), cache_dir, send)

    async def _judge(self, batch: bytes) -> Outcomes:
        """Hand a batch of manifests to the worker with the least in hand, to another one where that dies."""
        for lost in range(JUDGE_ATTEMPTS):
            member = self._workers.choose()
            member.outstanding += 1
            try:
                with self._idle.busy():
                    return Outcomes(await member.handle.judge_manifests.remote(batch), lost)
            except ray.exceptions.RayActorError:
                member.lost()
            finally:
                member.outstanding -= 1
        raise Unreachable("the workers that judged manifests died", "See homeperf status.")

    async def _status(self) -> State:
        workers, nodes, budgets = await asyncio.gather(
            self._workers.states(), asyncio.to_thread(_nodes), self._budgets()
        )
        held, watched = self._cache.statistics, list(self._following.statuses())
        return State(
            version=VERSION,
            uptime=time.monotonic() - self._started,
            running=self._idle.running,
            workers=workers,
            entries=held.entries + len(watched),
            bytes=self._cache.budget.bytes,
            hits=held.hits + sum(one.hits for one in watched),
            misses=held.misses,
            watched=sum(one.state == "watched" for one in watched),
            idle=self._idle.seconds,
            idle_stop=self._idle.limit,
            nodes=nodes,
            budgets=budgets,
            versions=versions(),
        )

    async def _budgets(self) -> tuple[BudgetState, ...]:
        """None while the limiter is being started anew."""
        try:
            async with asyncio.timeout(PATIENCE):
                found: tuple[BudgetState, ...] = await self._limiter.states.remote()
        except (ray.exceptions.RayActorError, TimeoutError):
            return ()
        return found

    async def tell(self, token: str, change: Change) -> bool:
        """Take in what a reflector tells; False where nobody wants to know any more."""
        return self._following.tell(token, change)

    async def beat(self, worker: str, done: Sequence[Done]) -> None:
        """A worker that follows something lives; what it has sent for that since it last said so."""
        self._following.beat(worker)
        self._background.add(done)

    def _held(self) -> CacheHeld:
        budget = self._cache.budget
        return CacheHeld(tuple(held(self._cache, self._following, self._names)), budget.bytes, budget.max_bytes)

    def _clear(self, resources: tuple[str, ...]) -> Cleared:
        return Cleared(clear(self._cache, self._following, resources))


def _have_reopened(actor: Any) -> None:
    """Have a restarted actor open its Gateway. Ray may lose what an actor asks of itself while it is being made."""
    while True:
        try:
            ray.get(actor.reopen.remote())
        except ray.exceptions.RayError:
            time.sleep(REOPEN_SECONDS / 4)
        else:
            return


def _nodes() -> tuple[NodeState, ...]:
    known: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return tuple(NodeState(node["NodeName"], node["NodeManagerAddress"], node["Alive"]) for node in known)


class _Teller(Processor):
    """Tells the client how far its job is, at most every 50 ms."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._requests = self._fetched = self._judged = 0
        self._told = time.monotonic()

    def planned(self, requests: int, batches: int) -> None:
        self._requests = requests

    def fetched(self) -> None:
        self._fetched += 1
        self._say()

    def judged(self, judgement: Judgement) -> None:
        self._judged += 1
        self._say()

    def _say(self) -> None:
        now = time.monotonic()
        if now - self._told >= 0.05:
            self._told = now
            self._tell(Progress(self._requests, self._fetched, self._judged))
