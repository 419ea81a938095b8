"""Claims, volumes, storage classes and Ceph clusters."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta


class ClaimSpec(Model):
    storage_class_name: str | None = None
    volume_name: str | None = None


class PhaseStatus(Model):
    phase: str | None = None
    reason: str | None = None
    message: str | None = None


class Claim(Model):
    metadata: ObjectMeta
    spec: ClaimSpec | None = None
    status: PhaseStatus | None = None


class VolumeClaimRef(Model):
    namespace: str | None = None
    name: str | None = None


class VolumeSpec(Model):
    storage_class_name: str | None = None
    claim_ref: VolumeClaimRef | None = None


class Volume(Model):
    metadata: ObjectMeta
    spec: VolumeSpec | None = None
    status: PhaseStatus | None = None


class StorageClass(Model):
    metadata: ObjectMeta
    provisioner: str | None = None
    volume_binding_mode: str | None = None


class CephDetail(Model):
    severity: str | None = None
    message: str | None = None


class CephCapacity(Model):
    bytes_total: int | None = None
    bytes_used: int | None = None
    bytes_available: int | None = None


class CephState(Model):
    health: str | None = None
    details: dict[str, CephDetail] | None = None
    capacity: CephCapacity | None = None
    last_checked: str | None = None


class CephStatus(Model):
    phase: str | None = None
    message: str | None = None
    ceph: CephState | None = None
    conditions: list[Condition] | None = None


class CephCluster(Model):
    metadata: ObjectMeta
    status: CephStatus | None = None
