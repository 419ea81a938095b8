"""Probing for a report: the targets that it names, from where this runs, judged and added to it."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.report import Probed, Report, Summary
from homeperf_ray.kube.target import Target as ServerTarget
from homeperf_ray.probes.outcome import Outcome
from homeperf_ray.probes.probe import INSIDE, DnsProbe, Probe, Target, TlsProbe
from homeperf_ray.probes.settings import ProbeSettings
from homeperf_ray.timings.operation import Operation

WORKSTATION = "workstation"
"""The vantage of whoever drives."""

CANARY_SECONDS = 1.0
"""For how long the cluster's resolver is waited for before it counts as out of reach."""


def of_server(target: ServerTarget) -> tuple[Target, ...]:
    """The API server that is read, as a target: its certificate, by the cluster's own authority. None behind a proxy,
    nor without TLS.
    """
    parts = urlsplit(target.server)
    if target.proxy or parts.scheme != "https" or not parts.hostname:
        return ()
    probe = TlsProbe(
        parts.hostname,
        parts.port or 443,
        server_name=target.trust.server_name,
        ca=target.trust.ca.decode("ascii", "replace"),
        verify=not target.trust.insecure,
        trusted=True,
    )
    return (Target(probe=probe, object=f"Context/{target.context}"),)


async def probe_targets(
    targets: Sequence[Target], settings: ProbeSettings, vantage: str, done: Callable[[Outcome], None] = lambda _: None
) -> list[Outcome]:
    """The outcomes in the order of the targets. The cluster's resolver is tried once, shortly: where it cannot be
    reached from here, which is common, nobody waits for it again. Raises ValueError for settings that cannot be used.
    """
    from homeperf_ray.probes.prober import Prober
    from homeperf_ray.probes.run import run_probes

    prober = Prober(settings, vantage)
    try:
        inside = [one.probe for one in targets if _is_inside(one.probe)]
        canary = await prober.probe(inside[0], CANARY_SECONDS) if inside and settings.inside else None
        there = canary is not None and canary.fault not in ("timeout", "unreachable", "address_refused")
        wanted = [one.probe for one in targets if there or not _is_inside(one.probe)]
        found = await run_probes(
            prober,
            wanted,
            active=settings.active,
            in_flight=settings.in_flight,
            deadline=settings.deadline,
            done=done,
        )
    finally:
        await prober.close()
    outcomes = dict(zip(wanted, found, strict=True))
    reason = canary.reason if canary else "its Service is not there, or may not be read"
    for probe in inside if not there else ():
        outcomes[probe] = canary if canary and probe == inside[0] else prober.unprobed(probe, reason)
    return [outcomes[one.probe] for one in targets]


def operations(probed: Iterable[Probed], job: CheckJob, context: str) -> list[Operation]:
    """A row of the timings for each probe."""
    node, pid = platform.node(), os.getpid()
    return [
        Operation(
            kind="probe",
            started=outcome.started,
            run=job.run,
            node=node,
            worker="prober",
            pid=pid,
            context=context,
            resource=outcome.target,
            namespace=one.namespace,
            connect=outcome.phases.connect,
            first_byte=outcome.phases.first_byte,
            transfer=outcome.phases.transfer,
            total=outcome.phases.total,
            bytes=outcome.bytes,
            status=outcome.status,
            error=outcome.fault,
            vantage=outcome.vantage,
            dns=outcome.phases.dns,
            tls=outcome.phases.tls,
        )
        for one in probed
        if (outcome := one.outcome).fault != "not_probed"
    ]


def with_probes(report: Report, job: CheckJob, targets: Sequence[Target], outcomes: Sequence[Outcome]) -> Report:
    """The report with what the outcomes mean: findings, notes, and the objects counted."""
    from homeperf_ray.checks.probed import Probed as Pair
    from homeperf_ray.checks.probed import judge_probes
    from homeperf_ray.checks.registry import CODES
    from homeperf_ray.executor.tally import tally_of

    now = datetime.now(UTC)
    pairs = [Pair(target, outcome) for target, outcome in zip(targets, outcomes, strict=True)]
    judgement = judge_probes(pairs, job.thresholds, now)
    tally = tally_of([judgement], (), job.suppressions, now.astimezone().date())
    findings = sorted((*report.findings, *tally.findings), key=lambda finding: finding.order)
    counts = {name: getattr(report.summary, name) + getattr(tally.summary, name) for name in _COUNTS}
    return msgspec.structs.replace(
        report,
        duration=now.timestamp() - report.started,
        summary=Summary(**counts),
        findings=tuple(findings),
        suppressed=tuple(sorted((*report.suppressed, *tally.suppressed), key=lambda finding: finding.order)),
        notes=tuple(dict.fromkeys((*report.notes, *judgement.notes))),
        targets=(),
        probes=tuple(
            Probed(target.namespace, target.object, outcome) for target, outcome in zip(targets, outcomes, strict=True)
        ),
        titles=report.titles | {finding.code: CODES[finding.code].title for finding in tally.findings},
    )


_COUNTS = Summary.__struct_fields__


def _is_inside(probe: Probe) -> bool:
    return isinstance(probe, DnsProbe) and probe.resolver == INSIDE
