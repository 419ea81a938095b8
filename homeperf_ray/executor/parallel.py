"""EnhancedParallelExecutor: plans a job, drives a runner, judges as soon as there is something to judge."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Finding, Judgement
from homeperf_ray.checks.registry import CODES, by_domain, by_name
from homeperf_ray.executor.batch import Batch, Judged
from homeperf_ray.executor.board import Board
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.executor.plan import Plan, groups_of, make_plan
from homeperf_ray.executor.processor import Operations, Processor
from homeperf_ray.executor.report import Report, Summary
from homeperf_ray.executor.runner import Runner
from homeperf_ray.kube.resources import SECRETS, GroupResource
from homeperf_ray.timings.ledger import Ledger, ledger_of
from homeperf_ray.timings.operation import Operation

FAN_OUT_ROWS = 20_000
"""Below so many rows one worker judges everything; above it batches of namespaces go to all of them."""

HOPELESS = frozenset({"unreachable", "unauthorized", "config"})
"""Failures that mean the whole cluster when every request has met the same one."""


class EnhancedParallelExecutor:
    """Runs ``check`` jobs on a runner. The result is the same whichever runner it is.

    ``processors`` are told what happens while it happens: progress, timings, streams.
    """

    def __init__(self, runner: Runner, processors: Sequence[Processor] = ()) -> None:
        self._runner = runner
        self._operations = Operations()
        self._processors = (self._operations, *processors)

    async def run(self, job: CheckJob) -> Report:
        """Run one job and report. Raises ConfigError where the kubeconfig cannot be used; all else is in the report."""
        started, clock = time.time(), time.perf_counter()
        checks = by_domain(job.domains)
        if job.namespaces:
            checks = (by_name("scope"), *checks)
        discovered = await self._runner.discover(job, groups_of(checks))
        self._record(discovered.operations)
        plan: Plan | None = None
        judgements: list[Judgement] = []
        findings: list[Finding] = []
        notes: list[str] = []
        failure: Failure | None = None
        if discovered.discovery is None:
            assert discovered.error is not None
            failure = Failure.of(discovered.error)
        else:
            plan = make_plan(checks, discovered.discovery, job.namespaces, _without(job))
            board = Board(plan)
            judgements = await self._fetch_and_judge(job, plan, board)
            failure = _hopeless(plan, board)
            findings, notes = list(board.findings()), [*board.notes(), *_unread(plan)]
        if failure:
            findings = [_blind(job, failure)]
        everything = (*findings, *(finding for judgement in judgements for finding in judgement.findings))
        report = Report(
            run=job.run,
            started=started,
            duration=time.perf_counter() - clock,
            runner=self._runner.name,
            workers=self._runner.workers,
            context=next((row.context for row in self._operations.rows if row.context), job.access.context),
            server_version=discovered.discovery.version if discovered.discovery else "",
            domains=job.domains,
            namespaces=job.namespaces,
            summary=_summary(judgements, findings),
            findings=tuple(sorted(everything, key=lambda finding: finding.order)),
            notes=tuple(dict.fromkeys([*notes, *(note for judgement in judgements for note in judgement.notes)])),
            warnings=self._runner.warnings(job),
            ledger=self._ledger(plan),
            failure=failure,
        )
        for processor in self._processors:
            processor.finished(report)
        return report

    async def _fetch_and_judge(self, job: CheckJob, plan: Plan, board: Board) -> list[Judgement]:
        judgements: list[Judgement] = []
        now = datetime.now(UTC)
        scheduled = False
        batches = 0

        async def judge_ready() -> None:
            nonlocal scheduled, batches
            scheduled = False
            checks = board.take_ready()
            dealt = deal(checks, job, now, rows=board.rows(checks), workers=self._runner.workers)
            batches += len(dealt)
            self._tell_plan(len(plan.requests), batches)
            async for judged in self._runner.evaluate(job, dealt, board.tables(checks)):
                self._take(judged, judgements)

        async with asyncio.TaskGroup() as group:
            self._tell_plan(len(plan.requests), 0)
            group.create_task(judge_ready())
            async for fetched in self._runner.fetch(job, plan.requests):
                board.accept(fetched)
                self._record(fetched.operations)
                for processor in self._processors:
                    processor.fetched()
                if not scheduled:
                    scheduled = True
                    group.create_task(judge_ready())
        return judgements

    def _tell_plan(self, requests: int, batches: int) -> None:
        for processor in self._processors:
            processor.planned(requests, batches)

    def _take(self, judged: Judged, judgements: list[Judgement]) -> None:
        self._record(judged.operations)
        judgements.extend(judged.judgements)
        for judgement in judged.judgements:
            for processor in self._processors:
                processor.judged(judgement)

    def _record(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            for processor in self._processors:
                processor.operated(operation)

    def _ledger(self, plan: Plan | None) -> Ledger:
        return ledger_of(
            self._operations.rows,
            requested=plan.requested if plan else 0,
            deduplicated=plan.deduplicated if plan else 0,
            unserved=plan.unserved_asks if plan else 0,
        )


def deal(checks: tuple[Check, ...], job: CheckJob, now: datetime, *, rows: int, workers: int) -> tuple[Batch, ...]:
    """Deal checks into batches: one for all of them, or one a worker for what splits where there are many rows."""
    if not checks:
        return ()
    parts = workers if rows >= FAN_OUT_ROWS else 1
    split = tuple(check.name for check in checks if check.splits and parts > 1)
    whole = tuple(check.name for check in checks if check.name not in split)
    common = Batch(checks=(), now=now, thresholds=job.thresholds, scope=job.namespaces)
    batches = [_batch(common, split, part, parts) for part in range(parts) if split]
    return tuple([*batches, _batch(common, whole, 0, 1)] if whole else batches)


def _batch(common: Batch, checks: tuple[str, ...], part: int, parts: int) -> Batch:
    return Batch(
        checks=checks, now=common.now, thresholds=common.thresholds, scope=common.scope, part=part, parts=parts
    )


def _without(job: CheckJob) -> frozenset[GroupResource]:
    """What the user does not want read."""
    return frozenset() if job.secrets else frozenset({SECRETS})


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


def _blind(job: CheckJob, failure: Failure) -> Finding:
    code = CODES["HP002"]
    context = job.access.context or "current-context"
    return Finding(code.id, "error", "cluster", "", f"Context/{context}", failure.message, failure.hint or code.hint)


def _summary(judgements: Iterable[Judgement], unread: Sequence[Finding]) -> Summary:
    """Count each object once a check, by the worst of its findings."""
    counts = {"critical": 0, "error": len(unread), "warning": 0}
    healthy = 0
    for judgement in judgements:
        worst: dict[tuple[str, str], Finding] = {}
        for finding in judgement.findings:
            key = (finding.namespace, finding.object)
            if key not in worst or finding.order < worst[key].order:
                worst[key] = finding
        for finding in worst.values():
            counts[finding.severity] += 1
        healthy += max(judgement.examined - len(worst), 0)
    total = healthy + sum(counts.values())
    return Summary(
        total=total,
        healthy=healthy,
        warnings=counts["warning"],
        critical=counts["critical"],
        errors=counts["error"],
    )
