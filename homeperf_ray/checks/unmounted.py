"""Claims that no pod mounts, and that nothing will: room that is paid for and, perhaps, forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Judgement
from homeperf_ray.checks.masks import all_of, before, is_one_of
from homeperf_ray.checks.sizes import size
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, rows
from homeperf_ray.kube.resources import (
    CRON_JOBS,
    DAEMON_SETS,
    DEPLOYMENTS,
    JOBS,
    PERSISTENT_VOLUME_CLAIMS,
    PODS,
    STATEFUL_SETS,
)

YOUNG = 3_600.0
"""Seconds within which a claim may wait for its first pod."""

USERS = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, CRON_JOBS, JOBS)
"""What makes pods: scaled to zero, or between two runs, it has none and keeps its claims all the same."""

NAMED = 5


def judge_unmounted(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """A note on bound claims that no pod mounts, and that no workload's pods would.

    A claim that belongs to something (an operator's cluster, a pod with a volume of its own) is that one's business.
    Nothing is said of a namespace of which not all could be read.
    """
    verdict = Verdict("unmounted-claims", "storage", 0)
    table = snapshot[PERSISTENT_VOLUME_CLAIMS]
    settled = before(table["created"], snapshot.now, YOUNG)
    alive = all_of(is_one_of(table["phase"], ["Bound"]), pc.is_null(table["deleted"]), pc.invert(table["owned"]))
    used, begun = _used(snapshot)
    found = [
        row
        for row in rows(table.select(["namespace", "name", "capacity"]), all_of(settled, alive))
        if _is_known(snapshot, row["namespace"] or "")
        and row["name"] not in used[row["namespace"] or ""]
        and not any(_is_numbered(row["name"], beginning) for beginning in begun[row["namespace"] or ""])
    ]
    if found:
        found.sort(key=lambda row: (-(row["capacity"] or 0), row["namespace"] or "", row["name"]))
        names = [f"{row['namespace']}/{row['name']} ({size(row['capacity'])})" for row in found[:NAMED]]
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        whole = size(sum(row["capacity"] or 0 for row in found))
        listed = f"{', '.join(names)}{more}"
        verdict.note(f"claims that no pod mounts, and no workload names: {len(found)} ({whole}): {listed}")
    return verdict.judgement()


def _is_numbered(name: str, beginning: str) -> bool:
    """Whether a name is a StatefulSet's for one of its pods: ``data-db-`` and a number."""
    return name.startswith(beginning) and name[len(beginning) :].isdecimal()


def _used(snapshot: Snapshot) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By namespace: the claims that pods mount or workloads name, and how those begin that StatefulSets make."""
    used: dict[str, set[str]] = defaultdict(set)
    begun: dict[str, set[str]] = defaultdict(set)
    for namespace, claims in _listed(snapshot, PODS):
        used[namespace].update(claim.partition("=")[2] for claim in claims)
    for resource in USERS:
        for namespace, claims in _listed(snapshot, resource):
            for claim in claims:
                (begun if claim.endswith("-") else used)[namespace].add(claim)
    return used, begun


def _listed(snapshot: Snapshot, resource: object) -> Iterable[tuple[str, list[str]]]:
    table = snapshot.get(resource)  # type: ignore[arg-type]
    if table is None:
        return
    for row in rows(table.select(["namespace", "claims"]), pc.greater(pc.list_value_length(table["claims"]), 0)):
        yield row["namespace"] or "", row["claims"]


def _is_known(snapshot: Snapshot, namespace: str) -> bool:
    return all(snapshot.covers(resource, namespace) for resource in (PODS, *USERS))


UNMOUNTED_CHECKS = (
    Check(
        name="unmounted-claims",
        domain="storage",
        title="claims that no pod mounts",
        needs=(PERSISTENT_VOLUME_CLAIMS, PODS),
        optional=USERS,
        codes=(),
        evaluate=judge_unmounted,
        source="kubelet",
        quiet=True,
    ),
)
