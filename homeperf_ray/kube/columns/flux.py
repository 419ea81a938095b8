"""Columns of everything that Flux reconciles."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import FLAG, NUMBER, REAL, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.flux import Artifact, FluxObject, FluxSpec, FluxStatus, SourceReference
from homeperf_ray.kube.models.meta import Condition, condition
from homeperf_ray.kube.quantity import go_seconds

STATIC_TYPES = frozenset({"oci"})
"""Types of HelmRepository that Flux does not reconcile: since version 2.3 they have no status."""


def _flux(item: FluxObject) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or FluxSpec(), item.status or FluxStatus()
    ready = condition(status.conditions, "Ready") or Condition()
    stalled = condition(status.conditions, "Stalled")
    source, artifact = spec.source_ref or SourceReference(), status.artifact or Artifact()
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
        go_seconds(spec.interval),
        source.kind,
        source.namespace,
        source.name,
        status.last_applied_revision,
        artifact.revision,
        artifact.last_update_time,
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
    ("interval", REAL),
    ("source_kind", WORD),
    ("source_namespace", WORD),
    ("source", WORD),
    ("applied", WORD),
    ("revision", WORD),
    ("revision_since", TIME),
)
"""``revision`` is what a source has fetched, ``applied`` what a Kustomization has applied; ``interval`` is seconds."""


def flux_kind(kind: str) -> TableKind:
    """The table of one Flux kind: they all have the same columns."""
    return TableKind(kind, FluxObject, _FIELDS, _flux)
