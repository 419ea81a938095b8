"""EnhancedParallelExecutor: plans a job, drives a runner, judges as soon as there is something to judge."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Finding, Judgement
from homeperf_ray.checks.registry import CODES, by_domain, by_name
from homeperf_ray.executor.batch import Batch, Judged, deal
from homeperf_ray.executor.board import Board
from homeperf_ray.executor.choice import chosen
from homeperf_ray.executor.inside import Inside
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.look import Looked, looks_at, with_detail
from homeperf_ray.executor.narrowing import Narrowing, narrowable
from homeperf_ray.executor.outcome import Failure, Fetched
from homeperf_ray.executor.plan import Plan, groups_of, make_plan
from homeperf_ray.executor.probing import of_server
from homeperf_ray.executor.processor import Operations, Processor
from homeperf_ray.executor.report import Report, Summary
from homeperf_ray.executor.runner import Runner
from homeperf_ray.executor.sequel import Sequel
from homeperf_ray.executor.tally import tally_of
from homeperf_ray.executor.together import together
from homeperf_ray.kube.discovery import Discovery
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.kube.resources import CEPH_CLUSTERS, NAMESPACES, SECRETS, GroupResource
from homeperf_ray.kube.target import Target
from homeperf_ray.probes.probe import Target as ProbeTarget
from homeperf_ray.timings.ledger import Ledger, ledger_of
from homeperf_ray.timings.operation import Operation

HOPELESS = frozenset({"unreachable", "unauthorized", "config"})
"""Failures that mean the whole cluster when every request has met the same one."""

TROUBLE = {
    "429": "an answer 429 (too many requests)",
    "503": "an answer 503 (unavailable)",
    "latency": "latencies that doubled",
}
"""What lowers the rate, in words."""


class EnhancedParallelExecutor:
    """Runs ``check`` jobs on a runner. The result is the same whichever runner it is.

    ``processors`` are told what happens while it happens: progress, timings, streams.
    """

    def __init__(self, runner: Runner, processors: Sequence[Processor] = ()) -> None:
        self._runner = runner
        self._operations = Operations()
        self._processors = (self._operations, *processors)
        self._narrowed = self._followed = 0

    async def run(self, job: CheckJob) -> Report:
        """Run one job and report. Raises ConfigError where the kubeconfig cannot be used; all else is in the report."""
        started, clock = time.time(), time.perf_counter()
        now = datetime.fromtimestamp(started, UTC)
        target = self._runner.target(job)
        checks = chosen(job)
        if job.namespaces:
            checks = (by_name("scope"), *checks)
        if job.targets:
            checks = (*checks, *by_domain(job.domains, "probes"))
        deeper = by_domain(job.domains, "exec") if job.exec else ()
        discovered = await self._runner.discover(job, groups_of(checks))
        self._record(discovered.operations)
        plan: Plan | None = None
        judgements: list[Judgement] = []
        unread: list[Finding] = []
        notes: list[str] = []
        failure: Failure | None = None
        inside = Inside()
        if discovered.discovery is None:
            assert discovered.error is not None
            failure = Failure.of(discovered.error)
        else:
            plan = make_plan(checks, discovered.discovery, job.namespaces, _without(job))
            board = Board(plan)
            async with together() as group:
                reading = group.create_task(self._fetch_and_judge(job, plan, board, now))
                asking = group.create_task(self._inside(job, deeper, discovered.discovery))
            inside = asking.result()
            judgements = reading.result()
            for judgement in inside.judged(deeper, job.thresholds, now):
                self._judged(judgement, judgements)
            failure = _hopeless(plan, board)
            unread = [*board.findings(), *inside.findings()]
            notes = [*board.notes(), *_unread(plan), *inside.notes]
        if failure:
            unread = [_blind(target.context, failure)]
        tally = tally_of(judgements, unread, job.suppressions, now.astimezone().date())
        findings, unseen = await self._look(job, tally.findings, now)
        report = Report(
            run=job.run,
            started=started,
            duration=time.perf_counter() - clock,
            runner=self._runner.name,
            workers=self._runner.workers,
            context=target.context,
            server=target.server_id,
            server_version=discovered.discovery.version if discovered.discovery else "",
            domains=job.domains,
            namespaces=job.namespaces,
            summary=tally.summary,
            findings=tuple(findings),
            volumes=tuple(use for judgement in judgements for use in judgement.volumes),
            notes=tuple(dict.fromkeys([*notes, *_told((*checks, *deeper), judgements), *unseen, *self._slowed(job)])),
            warnings=target.warnings,
            ledger=self._ledger(plan, inside),
            suppressed=tuple(tally.suppressed),
            failure=failure,
            targets=_targets(job, target, judgements) if failure is None else (),
            titles={finding.code: CODES[finding.code].title for finding in findings},
        )
        for processor in self._processors:
            processor.finished(report)
        return report

    async def _fetch_and_judge(self, job: CheckJob, plan: Plan, board: Board, now: datetime) -> list[Judgement]:
        judgements: list[Judgement] = []
        scheduled = False
        batches = 0

        async def judge_ready() -> None:
            nonlocal scheduled, batches
            scheduled = False
            checks = board.take_ready()
            dealt = deal(checks, self._batch(job, plan, board, checks, now), board.rows(checks), self._runner.workers)
            batches += len(dealt)
            self._tell_plan(self._asked(plan), batches)
            async for judged in self._runner.evaluate(job, dealt, board.tables(checks)):
                self._take(judged, judgements)

        def accepted() -> None:
            nonlocal scheduled
            for sequel in board.due():
                group.create_task(follow(sequel))
            if not scheduled:
                scheduled = True
                group.create_task(judge_ready())

        async def follow(sequel: Sequel) -> None:
            await self._follow(job, plan, board, sequel)
            accepted()

        denied: list[Fetched] = []
        async with together() as group:
            self._tell_plan(len(plan.requests), 0)
            group.create_task(judge_ready())
            async for fetched in self._runner.fetch(job, plan.requests):
                self._heard(fetched)
                if narrowable(fetched):
                    denied.append(fetched)
                    continue
                board.accept(fetched)
                accepted()
            if denied:
                await self._narrow(job, plan, board, denied)
                accepted()
        return judgements

    async def _follow(self, job: CheckJob, plan: Plan, board: Board, sequel: Sequel) -> None:
        """Ask for what follows from what has come in."""
        tables = [await self._runner.read(table) for table in board.tables_of(sequel.of)]
        found = sequel.make(job, [table for table in tables if table is not None])
        self._followed += len(found.requests)
        self._tell_plan(self._asked(plan), 0)
        board.follow(sequel, found)
        async for fetched in self._runner.fetch(job, found.requests):
            self._heard(fetched)
            board.accept(fetched)

    async def _narrow(self, job: CheckJob, plan: Plan, board: Board, denied: list[Fetched]) -> None:
        """Ask for what was denied, namespace by namespace."""
        narrowing = Narrowing(self._runner, job, plan.namespaces, board.known(NAMESPACES))
        outcomes: list[Fetched] = []
        async for fetched in narrowing.fetch([one.request for one in denied]):
            self._narrowed = narrowing.requests
            self._tell_plan(self._asked(plan), 0)
            self._heard(fetched)
            outcomes.append(fetched)
        board.narrow(denied, outcomes, narrowing.tried)

    async def _inside(self, job: CheckJob, checks: Sequence[Check], discovery: Discovery) -> Inside:
        """What Ceph says of itself, where that is to be asked and there is a Ceph."""
        if not checks or discovery.served(CEPH_CLUSTERS) is None:
            return Inside()
        inside = await self._runner.inside(job)
        self._record(inside.operations)
        return inside

    async def _look(self, job: CheckJob, findings: list[Finding], now: datetime) -> tuple[list[Finding], list[str]]:
        """The findings with the details that were fetched for the worst of them, and a note where some were denied."""
        looked: list[Looked] = []
        if looks := looks_at(findings, CODES, job.details):
            async for one in self._runner.look(job, looks):
                self._record(one.operations)
                looked.append(one)
        denied = [failure for one in looked for failure in one.failures if failure.kind == "forbidden"]
        notes = [f"some events or log lines may not be read: {denied[0].message}"] if denied else []
        return with_detail(findings, looked, now), notes

    def _batch(self, job: CheckJob, plan: Plan, board: Board, checks: tuple[Check, ...], now: datetime) -> Batch:
        return Batch(
            checks=tuple(check.name for check in checks),
            now=now,
            thresholds=job.thresholds,
            scope=job.namespaces,
            partial=board.partial(checks),
            server_version=plan.server_version,
        )

    def _heard(self, fetched: Fetched) -> None:
        self._record(fetched.operations)
        for processor in self._processors:
            processor.fetched()

    def _asked(self, plan: Plan) -> int:
        """LISTs so far, and calls to kubelets."""
        return len(plan.requests) + self._narrowed + self._followed

    def _tell_plan(self, requests: int, batches: int) -> None:
        for processor in self._processors:
            processor.planned(requests, batches)

    def _take(self, judged: Judged, judgements: list[Judgement]) -> None:
        self._record(judged.operations)
        for judgement in judged.judgements:
            self._judged(judgement, judgements)

    def _judged(self, judgement: Judgement, judgements: list[Judgement]) -> None:
        judgements.append(judgement)
        for processor in self._processors:
            processor.judged(judgement)

    def _record(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            for processor in self._processors:
                processor.operated(operation)

    def _slowed(self, job: CheckJob) -> Iterator[str]:
        """That the server was read more slowly than the user allows, and why."""
        slowed = [row for row in self._operations.rows if row.slowed and row.sent]
        if slowed:
            least = min(slowed, key=lambda row: row.rate)
            yield (
                f"the API server was spared because of {TROUBLE.get(least.slowed, least.slowed)}: "
                f"requests were sent at down to {least.rate:.3g} a second instead of {job.qps:g}"
            )

    def _ledger(self, plan: Plan | None, inside: Inside) -> Ledger:
        return ledger_of(
            self._operations.rows,
            requested=(plan.requested if plan else 0) + self._narrowed + self._followed + inside.lists,
            deduplicated=plan.deduplicated if plan else 0,
            unserved=plan.unserved_asks if plan else 0,
        )


def unreached(job: CheckJob, error: KubeError, *, runner: str) -> Report:
    """The report of a job that could not even begin."""
    failure = Failure.of(error)
    context = job.access.context or "current-context"
    return Report(
        run=job.run,
        started=time.time(),
        duration=0.0,
        runner=runner,
        workers=0,
        context=context,
        server_version="",
        domains=job.domains,
        namespaces=job.namespaces,
        summary=Summary(total=1, errors=1),
        findings=(_blind(context, failure),),
        notes=(),
        warnings=(),
        ledger=Ledger(),
        failure=failure,
        titles={"HP002": CODES["HP002"].title},
    )


def _without(job: CheckJob) -> frozenset[GroupResource]:
    """What the user does not want read."""
    return frozenset() if job.secrets else frozenset({SECRETS})


def _targets(job: CheckJob, target: Target, judgements: Iterable[Judgement]) -> tuple[ProbeTarget, ...]:
    """What is to be probed: the server itself, then what the cluster's objects name."""
    if not job.targets or "network" not in job.domains:
        return ()
    return (*of_server(target), *(one for judgement in judgements for one in judgement.targets))


def _told(checks: Iterable[Check], judgements: Iterable[Judgement]) -> Iterator[str]:
    """What the checks have noted, in the order of the checks whichever was judged first."""
    places = {check.name: place for place, check in enumerate(checks)}
    for judgement in sorted(judgements, key=lambda judgement: (places[judgement.check], judgement.notes)):
        yield from judgement.notes


def _unread(plan: Plan) -> Iterator[str]:
    """What was not judged because the user did not want it read."""
    if SECRETS in plan.without:
        yield "TLS Secrets were not read (--no-secrets)"


def _hopeless(plan: Plan, board: Board) -> Failure | None:
    """The one failure that every request has met, where it means that the cluster could not be read at all."""
    failures = board.failures()
    if not failures or len(failures) < len(plan.requests):
        return None
    kinds = {failure.kind for failure in failures}
    return failures[0] if len(kinds) == 1 and kinds <= HOPELESS else None


def _blind(context: str, failure: Failure) -> Finding:
    code = CODES["HP002"]
    return Finding(code.id, "error", "cluster", "", f"Context/{context}", failure.message, failure.hint or code.hint)
