"""Columns of pods. Of all containers the sickest speaks: its name, what it waits for, how it last ended."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import FLAG, NUMBER, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.meta import condition
from homeperf_ray.kube.models.pod import ContainerState, ContainerStatus, Pod, PodStatus, Terminated

HARMLESS_WAITS = frozenset({"ContainerCreating", "PodInitializing"})


def _ended(state: ContainerState | None) -> Terminated | None:
    return state.terminated if state else None


def _sickness(container: ContainerStatus) -> tuple[int, int]:
    """How sick a container is: waiting for something bad, ended with an error, not ready; then by restarts."""
    state = container.state
    waiting = state.waiting if state else None
    ended = _ended(state)
    if waiting and waiting.reason not in HARMLESS_WAITS:
        rank = 3
    elif ended and ended.exit_code:
        rank = 2
    else:
        rank = 1 if container.ready is False and not ended else 0
    return rank, container.restart_count or 0


def _pod(pod: Pod) -> tuple[Any, ...]:
    meta, status = pod.metadata, pod.status or PodStatus()
    plain = status.container_statuses or []
    inits = status.init_container_statuses or []
    ready = condition(status.conditions, "Ready")
    scheduled = condition(status.conditions, "PodScheduled")
    unscheduled = scheduled if scheduled and scheduled.status == "False" else None
    owner = meta.controller
    worst = max((*inits, *plain), key=_sickness, default=None)
    waiting = worst.state.waiting if worst and worst.state else None
    now_ended = _ended(worst.state) if worst else None
    ended = (now_ended if now_ended and now_ended.exit_code else None) or (_ended(worst.last_state) if worst else None)
    return (
        meta.namespace,
        meta.name,
        meta.creation_timestamp,
        status.start_time,
        meta.deletion_timestamp,
        status.phase,
        status.reason,
        brief(status.message),
        pod.spec.node_name if pod.spec else None,
        owner.kind if owner else None,
        owner.name if owner else None,
        ready.status == "True" if ready else None,
        ready.reason if ready else None,
        ready.last_transition_time if ready else None,
        unscheduled.reason if unscheduled else None,
        brief(unscheduled.message) if unscheduled else None,
        sum(container.restart_count or 0 for container in (*inits, *plain)),
        worst.name if worst else None,
        bool(worst and worst in inits),
        waiting.reason if waiting else None,
        brief(waiting.message) if waiting else None,
        ended.reason if ended else None,
        ended.exit_code if ended else None,
        ended.finished_at if ended else None,
    )


POD = TableKind(
    Pod,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("started", TIME),
        ("deleted", TIME),
        ("phase", WORD),
        ("reason", WORD),
        ("message", TEXT),
        ("node", WORD),
        ("owner_kind", WORD),
        ("owner", TEXT),
        ("ready", FLAG),
        ("ready_reason", WORD),
        ("ready_since", TIME),
        ("unscheduled_reason", WORD),
        ("unscheduled_message", TEXT),
        ("restarts", NUMBER),
        ("container", WORD),
        ("init", FLAG),
        ("waiting_reason", WORD),
        ("waiting_message", TEXT),
        ("ended_reason", WORD),
        ("ended_code", NUMBER),
        ("ended_at", TIME),
    ),
    _pod,
)
