"""What Flux reconciles: sources, Kustomizations, HelmReleases. They all tell their state the same way."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta, Time


class SourceReference(Model):
    kind: str | None = None
    name: str | None = None
    namespace: str | None = None


class FluxSpec(Model):
    """``interval`` is a duration as Go writes it; ``source_ref`` is a Kustomization's."""

    suspend: bool | None = None
    type: str | None = None
    interval: str | None = None
    source_ref: SourceReference | None = None


class Artifact(Model):
    revision: str | None = None
    last_update_time: Time = None


class FluxStatus(Model):
    """``artifact`` is what a source has fetched, ``last_applied_revision`` what a Kustomization has applied of it."""

    observed_generation: int | None = None
    conditions: list[Condition] | None = None
    artifact: Artifact | None = None
    last_applied_revision: str | None = None


class FluxObject(Model):
    metadata: ObjectMeta
    spec: FluxSpec | None = None
    status: FluxStatus | None = None
