"""Pods that do not start because of a claim: its volume is held by another node, or cannot be attached or mounted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import all_of, before, is_one_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, rows
from homeperf_ray.kube.resources import EVENTS, PERSISTENT_VOLUME_CLAIMS, PODS

_HINT = "kubectl -n {namespace} describe pod {name}; kubectl get volumeattachments"

HELD = Code("HP336", "a volume is still attached to another node", "critical", _HINT, ("pod_grace",))
UNMOUNTABLE = Code("HP337", "a volume cannot be attached or mounted", "critical", _HINT, ("pod_grace",))
UNPLACED = Code("HP338", "a pod finds no node because of its claims", "critical", _HINT, ("pod_grace",))

HARMLESS = frozenset({"ContainerCreating", "PodInitializing", ""})
"""What a pod waits for while its volumes are being mounted, and for many other reasons."""

_ABOUT_CLAIMS = re.compile(r"persistentvolumeclaim|volume node affinity|max volume count|volume binding", re.IGNORECASE)
_UNMOUNTED = re.compile(r"unmounted volumes=\[([^\]]*)\]")


def judge_stuck(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Pods that have claims and have not started, by what their events say of volumes.

    What is about a ConfigMap or a Secret, a network or an image, is no matter of storage; the workloads tell it.
    """
    table, claims = snapshot[PODS], _volumes(snapshot)
    warnings = _warnings(snapshot)
    found = mounting(table, snapshot.now, thresholds)
    verdict = Verdict("stuck-volumes", "storage", len(found))
    for row in found:
        code, message = _cause(row, warnings.get((row["namespace"] or "", row["name"]), []), claims)
        if code is not None:
            waited = ago(age(snapshot.now, row["created"]))
            verdict.found(code, "Pod", row, f"has waited {waited} ({', '.join(_names(row).values())}): {message}")
    return verdict.judgement()


def mounting(table: pa.Table, now: datetime, thresholds: Thresholds) -> list[dict[str, Any]]:
    """Pods that mount claims and have not begun to run though it is time; their events tell whether it is by those."""
    columns = ["namespace", "name", "created", "node", "claims", "waiting_reason", "unscheduled_message"]
    settled = before(table["created"], now, thresholds.widest.pod_grace)
    claiming = pc.greater(pc.list_value_length(table["claims"]), 0)
    waits = all_of(is_one_of(table["phase"], ["Pending"]), pc.is_null(table["deleted"]), claiming, settled)
    return [
        row
        for row in rows(table.select(columns), waits)
        if (row["waiting_reason"] or "") in HARMLESS and age(now, row["created"]) > thresholds.at("Pod", row).pod_grace
    ]


def _cause(
    row: Mapping[str, Any], warnings: list[Mapping[str, Any]], volumes: Mapping[tuple[str, str], str]
) -> tuple[Code | None, str]:
    """The last warning that is about one of the pod's claims; None where there is none."""
    if not row["node"]:
        said = row["unscheduled_message"] or ""
        return (UNPLACED, said) if _ABOUT_CLAIMS.search(said) else (None, "")
    names = _names(row)
    mine = {volumes.get((row["namespace"] or "", claim), "") for claim in names.values()} - {""}
    for event in warnings:
        reason, said = event["reason"] or "", " ".join((event["message"] or "").split())
        listed = _UNMOUNTED.search(said)
        waited_for = set(re.split(r"[\s,]+", listed[1])) if listed else set()
        if said.startswith("Multi-Attach error"):
            return HELD, said
        own = bool(waited_for & names.keys()) or any(one in said for one in mine)
        if reason == "FailedAttachVolume" or (reason in {"FailedMount", "FailedMapVolume"} and own):
            return UNMOUNTABLE, said
    return None, ""


def _names(row: Mapping[str, Any]) -> dict[str, str]:
    """The pod's claims by what it calls their volumes."""
    return dict(text.partition("=")[::2] for text in row["claims"])


def _volumes(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    table = snapshot.get(PERSISTENT_VOLUME_CLAIMS)
    found = rows(table.select(["namespace", "name", "volume"])) if table is not None else ()
    return {(row["namespace"] or "", row["name"]): row["volume"] or "" for row in found}


def _warnings(snapshot: Snapshot) -> dict[tuple[str, str], list[Mapping[str, Any]]]:
    """The events of each pod that was asked about, the newest first."""
    table = snapshot.get(EVENTS)
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in rows(table) if table is not None else ():
        found.setdefault((row["namespace"] or "", row["name"]), []).append(row)
    for events in found.values():
        events.sort(key=lambda row: row["last"].timestamp() if row["last"] else 0.0, reverse=True)
    return found


STUCK_CHECKS = (
    Check(
        name="stuck-volumes",
        domain="storage",
        title="pods that wait for their volumes",
        needs=(PODS,),
        optional=(EVENTS, PERSISTENT_VOLUME_CLAIMS),
        codes=(HELD, UNMOUNTABLE, UNPLACED),
        evaluate=judge_stuck,
        source="kubelet",
        quiet=True,
    ),
)
