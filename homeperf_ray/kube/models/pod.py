"""Pods."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta, OwnerReference, Time


class Waiting(Model):
    reason: str | None = None
    message: str | None = None


class Terminated(Model):
    reason: str | None = None
    exit_code: int | None = None
    finished_at: Time = None


class ContainerState(Model):
    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(Model):
    name: str | None = None
    ready: bool | None = None
    restart_count: int | None = None
    state: ContainerState | None = None
    last_state: ContainerState | None = None


class InitContainer(Model):
    """``restart_policy`` is Always for a sidecar, which runs as long as the pod does."""

    name: str | None = None
    restart_policy: str | None = None


class PodMeta(ObjectMeta):
    owner_references: list[OwnerReference] | None = None


class ClaimSource(Model):
    claim_name: str | None = None


class PodVolume(Model):
    name: str | None = None
    persistent_volume_claim: ClaimSource | None = None


def claims_of(volumes: list[PodVolume] | None) -> list[tuple[str, str]]:
    """The volumes that stand for claims: what the pod calls them, and the claims."""
    if not volumes:
        return []
    return [
        (one.name or "", one.persistent_volume_claim.claim_name)
        for one in volumes
        if one.persistent_volume_claim and one.persistent_volume_claim.claim_name
    ]


class PodSpec(Model):
    node_name: str | None = None
    volumes: list[PodVolume] | None = None
    init_containers: list[InitContainer] | None = None


class PodStatus(Model):
    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None


class Pod(Model):
    metadata: PodMeta
    spec: PodSpec | None = None
    status: PodStatus | None = None
