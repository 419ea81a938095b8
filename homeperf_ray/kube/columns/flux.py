"""Columns of everything that Flux reconciles."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import FLAG, NUMBER, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.flux import FluxObject, FluxSpec, FluxStatus
from homeperf_ray.kube.models.meta import Condition, condition

STATIC_TYPES = frozenset({"oci"})
"""Types of HelmRepository that Flux does not reconcile: since version 2.3 they have no status."""


def _flux(item: FluxObject) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or FluxSpec(), item.status or FluxStatus()
    ready = condition(status.conditions, "Ready") or Condition()
    stalled = condition(status.conditions, "Stalled")
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        meta.generation,
        status.observed_generation,
        bool(spec.suspend),
        spec.type in STATIC_TYPES,
        ready.status,
        ready.reason,
        brief(ready.message),
        ready.last_transition_time,
        stalled is not None and stalled.status == "True",
    )


_FIELDS = (
    ("namespace", WORD),
    ("name", TEXT),
    ("created", TIME),
    ("generation", NUMBER),
    ("observed_generation", NUMBER),
    ("suspended", FLAG),
    ("static", FLAG),
    ("ready", WORD),
    ("ready_reason", WORD),
    ("ready_message", TEXT),
    ("ready_since", TIME),
    ("stalled", FLAG),
)


def flux_kind(kind: str) -> TableKind:
    """The table of one Flux kind: they all have the same columns."""
    return TableKind(kind, FluxObject, _FIELDS, _flux)
