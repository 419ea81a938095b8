"""Columns of events about some objects."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import COUNT, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.event import Event, EventSeries, InvolvedObject


def _event(item: Event) -> tuple[Any, ...]:
    series = item.series or EventSeries()
    return (
        item.metadata.namespace,
        (item.involved_object or InvolvedObject()).name or "",
        item.reason,
        brief(item.message),
        series.count or item.count or 1,
        series.last_observed_time or item.last_timestamp or item.event_time,
    )


EVENT = TableKind(
    "Event",
    Event,
    (("namespace", WORD), ("name", TEXT), ("reason", WORD), ("message", TEXT), ("count", COUNT), ("last", TIME)),
    _event,
)
"""``name`` is that of the object which an event is about."""
