"""Columns of everything that Flux reconciles."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import FLAG, NUMBER, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.flux import FluxObject, FluxStatus
from homeperf_ray.kube.models.meta import condition


def _flux(item: FluxObject) -> tuple[Any, ...]:
    meta, status = item.metadata, item.status or FluxStatus()
    ready = condition(status.conditions, "Ready")
    stalled = condition(status.conditions, "Stalled")
    return (
        meta.namespace,
        meta.name,
        meta.creation_timestamp,
        meta.generation,
        status.observed_generation,
        bool(item.spec and item.spec.suspend),
        ready.status if ready else None,
        ready.reason if ready else None,
        brief(ready.message) if ready else None,
        ready.last_transition_time if ready else None,
        bool(stalled and stalled.status == "True"),
    )


FLUX = TableKind(
    FluxObject,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("generation", NUMBER),
        ("observed_generation", NUMBER),
        ("suspended", FLAG),
        ("ready", WORD),
        ("ready_reason", WORD),
        ("ready_message", TEXT),
        ("ready_since", TIME),
        ("stalled", FLAG),
    ),
    _flux,
)
