"""Services, and whether anybody answers behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import all_of, before, is_not, none_of, places
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, rows
from homeperf_ray.kube.columns import kind_of
from homeperf_ray.kube.resources import DAEMON_SETS, DEPLOYMENTS, ENDPOINT_SLICES, SERVICES, STATEFUL_SETS

_PODS = "kubectl -n {namespace} describe service {name}; kubectl -n {namespace} get pods --show-labels"

NO_PODS = Code("HP461", "a Service has no pods", "warning", _PODS, ("address_grace", "rollout_grace"), ("events",))
NONE_READY = Code(
    "HP462", "no pod of a Service is ready", "warning", _PODS, ("address_grace", "rollout_grace"), ("events",)
)

Place = tuple[str, str]

ADDED_LABELS = frozenset(
    {
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "controller-revision-hash",
        "pod-template-hash",
        "pod-template-generation",
    }
)
"""Labels that the controllers add to each pod, and that no template has."""


def judge_endpoints(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Every Service with a selector has a ready pod.

    What is scaled to zero is a note, and what is new or being rolled out is left alone. A headless Service without
    pods is no fault, nor is one that an operator owns: for replicas, say, of which there are none.
    """
    table = snapshot[SERVICES]
    verdict = Verdict("endpoints", "network", table.num_rows)
    silent = table.filter(_selecting(table, snapshot, thresholds), null_selection_behavior="drop")
    silent = silent.filter(none_of(pc.is_in(places(silent), value_set=_answering(snapshot[ENDPOINT_SLICES]))))
    behind = _behind(snapshot[ENDPOINT_SLICES], silent)
    backing = _Backing(snapshot, silent)
    asleep: list[str] = []
    for row in rows(silent):
        total = behind.get((row["namespace"] or "", row["name"]), 0)
        limits = thresholds.at("Service", row)
        young = age(snapshot.now, row["created"]) <= limits.address_grace
        if young or not snapshot.covers(ENDPOINT_SLICES, row["namespace"] or ""):
            continue
        mine = backing.of(row)
        if any(_changes(one, snapshot.now, limits.rollout_grace) for one in mine):
            continue
        if total:
            pods = "its one pod is not ready" if total == 1 else f"none of its {total} pods is ready"
            verdict.found(NONE_READY, "Service", row, pods)
        elif mine and not any(one["desired"] for one in mine):
            asleep.append(f"{row['namespace']}/{row['name']}")
        elif not row["headless"] and not row["owned"]:
            verdict.found(NO_PODS, "Service", row, _nobody(row, mine))
    if asleep:
        verdict.note(f"Services of what is scaled to zero: {', '.join(sorted(asleep))}")
    return verdict.judgement()


def _selecting(table: pa.Table, snapshot: Snapshot, thresholds: Thresholds) -> pa.ChunkedArray:
    return all_of(
        pc.greater(pc.list_value_length(table["selector"]), 0),
        is_not(table["type"], "ExternalName"),
        none_of(table["publishes_unready"]),
        before(table["created"], snapshot.now, thresholds.widest.address_grace),
    )


def _answering(slices: pa.Table) -> pa.ChunkedArray:
    """The places of the Services that have a ready pod."""
    return places(slices.filter(pc.greater(slices["ready"], 0), null_selection_behavior="drop"), "service")


def _behind(slices: pa.Table, services: pa.Table) -> dict[Place, int]:
    """How many addresses each of these Services has over all of its slices.

    With IPv4 and IPv6 every pod is in a slice for each: the one that has more counts.
    """
    theirs = pc.is_in(places(slices, "service"), value_set=places(services))
    sums: Counter[tuple[Place, str | None]] = Counter()
    for row in rows(slices.select(["namespace", "service", "address_type", "total"]), theirs):
        sums[(row["namespace"] or "", row["service"] or ""), row["address_type"]] += row["total"]
    counts: dict[Place, int] = {}
    for (place, _), total in sums.items():
        counts[place] = max(counts.get(place, 0), total)
    return counts


class _Backing:
    """The workloads whose pods a Service selects; they are looked up for the few that nobody answers for."""

    def __init__(self, snapshot: Snapshot, services: pa.Table) -> None:
        self._snapshot = snapshot
        self._namespaces = pc.unique(pc.cast(services["namespace"], pa.string()))
        self._by_namespace: dict[str, list[dict[str, Any]]] | None = None

    def of(self, service: Mapping[str, Any]) -> list[dict[str, Any]]:
        if self._by_namespace is None:
            self._by_namespace = {}
            for row in self._all():
                self._by_namespace.setdefault(row["namespace"] or "", []).append(row)
        wanted = {label for label in service["selector"] if label.partition("=")[0] not in ADDED_LABELS}
        return [row for row in self._by_namespace.get(service["namespace"] or "", ()) if wanted <= row["labels"]]

    def _all(self) -> Iterator[dict[str, Any]]:
        for resource in (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS):
            table = self._snapshot.get(resource)
            if table is None:
                continue
            columns = {"namespace", "name", "desired", "pod_labels", "progressing_since"}
            mine = pc.is_in(pc.cast(table["namespace"], pa.string()), value_set=self._namespaces)
            for row in rows(table.select([name for name in table.column_names if name in columns]), mine):
                yield {**row, "kind": kind_of(resource), "labels": frozenset(row["pod_labels"] or ())}


def _changes(workload: Mapping[str, Any], now: datetime, grace: float) -> bool:
    """Whether a workload was changed only now, as far as it tells: Deployments do."""
    since = workload.get("progressing_since")
    return since is not None and age(now, since) <= grace


def _nobody(row: Mapping[str, Any], mine: list[dict[str, Any]]) -> str:
    selector = ",".join(row["selector"])
    if mine:
        names = ", ".join(f"{one['kind']} {one['name']}" for one in mine)
        return f"no pod of {names} has an address yet (selector {selector})"
    return f"no pod with an address has the labels {selector}"


ENDPOINT_CHECKS = (
    Check(
        name="endpoints",
        domain="network",
        title="pods behind Services",
        needs=(SERVICES, ENDPOINT_SLICES),
        optional=(DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS),
        codes=(NO_PODS, NONE_READY),
        evaluate=judge_endpoints,
        splits=True,
    ),
)
