"""What Flux reconciles: sources, Kustomizations, HelmReleases. They all tell their state the same way."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta


class FluxSpec(Model):
    suspend: bool | None = None
    type: str | None = None


class FluxStatus(Model):
    observed_generation: int | None = None
    conditions: list[Condition] | None = None


class FluxObject(Model):
    metadata: ObjectMeta
    spec: FluxSpec | None = None
    status: FluxStatus | None = None
