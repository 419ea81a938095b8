"""Events, whichever of the two event APIs wrote them."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Model, ObjectMeta, Time


class InvolvedObject(Model):
    name: str | None = None


class EventSeries(Model):
    count: int | None = None
    last_observed_time: Time = None


class Event(Model):
    metadata: ObjectMeta
    involved_object: InvolvedObject | None = None
    reason: str | None = None
    message: str | None = None
    count: int | None = None
    last_timestamp: Time = None
    event_time: Time = None
    series: EventSeries | None = None
