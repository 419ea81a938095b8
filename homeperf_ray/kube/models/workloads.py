"""Deployments, StatefulSets and DaemonSets."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta
from homeperf_ray.kube.models.pod import PodVolume


class AppLabels(Model, rename={"k8s_app": "k8s-app", "name": "app.kubernetes.io/name"}):
    """The labels that say which program a workload is; the first that is there counts."""

    k8s_app: str | None = None
    name: str | None = None
    app: str | None = None


class WorkloadMeta(ObjectMeta):
    labels: AppLabels | None = None


class Container(Model):
    image: str | None = None
    args: list[str | None] | None = None


class TemplateSpec(Model):
    containers: list[Container] | None = None
    volumes: list[PodVolume] | None = None


class PodLabels(Model):
    labels: dict[str, str | None] | None = None


class Template(Model):
    metadata: PodLabels | None = None
    spec: TemplateSpec | None = None


class ClaimTemplate(Model):
    metadata: ObjectMeta | None = None


class WorkloadSpec(Model):
    """``volume_claim_templates`` are those of a StatefulSet, which makes a claim of each for every pod."""

    replicas: int | None = None
    paused: bool | None = None
    template: Template | None = None
    volume_claim_templates: list[ClaimTemplate] | None = None


class ReplicaStatus(Model):
    """Of a Deployment or a StatefulSet."""

    observed_generation: int | None = None
    ready_replicas: int | None = None
    available_replicas: int | None = None
    updated_replicas: int | None = None
    conditions: list[Condition] | None = None


class Replicated(Model):
    """A Deployment or a StatefulSet."""

    metadata: WorkloadMeta
    spec: WorkloadSpec | None = None
    status: ReplicaStatus | None = None


class DaemonSetStatus(Model):
    observed_generation: int | None = None
    desired_number_scheduled: int | None = None
    updated_number_scheduled: int | None = None
    number_ready: int | None = None
    number_available: int | None = None
    number_misscheduled: int | None = None


class DaemonSet(Model):
    metadata: WorkloadMeta
    spec: WorkloadSpec | None = None
    status: DaemonSetStatus | None = None
