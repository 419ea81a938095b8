"""Findings as a person reads them: one group a code, and with each sick pod the workload that it keeps down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from homeperf_ray.checks.finding import Finding, Severity

OWNERS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Service"})
"""Kinds whose pods carry their name and more; a Service is mostly called as the workload behind it."""


@dataclass(frozen=True)
class Entry:
    """One finding, and the findings about its owner, which it explains."""

    finding: Finding
    explains: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Group:
    """The entries of one code and severity, in the order of the findings."""

    code: str
    title: str
    entries: tuple[Entry, ...]


def groups(findings: Sequence[Finding], severity: Severity, titles: Mapping[str, str]) -> list[Group]:
    """The groups of one severity, in the order in which their first findings come; ``titles`` are those of the codes.

    A workload that is down or behind, and a Service that is, are told with their first sick pod that is at least as
    bad, and not again.
    """
    owners = _owners(findings)
    told = {id(finding) for mine in owners.values() for finding in mine}
    found: dict[str, list[Entry]] = {}
    for finding in findings:
        if finding.severity == severity and id(finding) not in told:
            found.setdefault(finding.code, []).append(Entry(finding, tuple(owners.get(id(finding), ()))))
    return [Group(code, titles.get(code, ""), tuple(entries)) for code, entries in found.items()]


def _owners(findings: Sequence[Finding]) -> dict[int, list[Finding]]:
    """By the id of a pod's finding, the findings about the workload that the pod belongs to."""
    pods = _by_namespace(finding for finding in findings if finding.object.startswith("Pod/"))
    owners: dict[int, list[Finding]] = {}
    for finding in findings:
        kind, _, name = finding.object.partition("/")
        if kind not in OWNERS:
            continue
        mine = f"Pod/{name}-"
        rank = finding.order[0]
        for pod in pods.get(finding.namespace, ()):
            if pod.object.startswith(mine) and pod.order[0] <= rank:
                owners.setdefault(id(pod), []).append(finding)
                break
    return owners


def _by_namespace(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.namespace, []).append(finding)
    return found
