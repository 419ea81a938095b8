"""Claims, volumes, storage classes and Ceph clusters."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta, Time


class ClaimAnnotations(Model, rename={"selected_node": "volume.kubernetes.io/selected-node"}):
    """``selected_node`` is where the scheduler put the first pod that uses a claim which waits for one."""

    selected_node: str | None = None


class ClaimMeta(ObjectMeta):
    annotations: ClaimAnnotations | None = None


class ClaimSpec(Model):
    storage_class_name: str | None = None
    volume_name: str | None = None


class PhaseStatus(Model):
    phase: str | None = None
    reason: str | None = None
    message: str | None = None


class Claim(Model):
    metadata: ClaimMeta
    spec: ClaimSpec | None = None
    status: PhaseStatus | None = None


class ClaimReference(Model):
    namespace: str | None = None
    name: str | None = None


class VolumeSpec(Model):
    claim_ref: ClaimReference | None = None


class Volume(Model):
    metadata: ObjectMeta
    spec: VolumeSpec | None = None
    status: PhaseStatus | None = None


class ClassAnnotations(
    Model,
    rename={
        "default": "storageclass.kubernetes.io/is-default-class",
        "default_beta": "storageclass.beta.kubernetes.io/is-default-class",
    },
):
    default: str | None = None
    default_beta: str | None = None


class ClassMeta(ObjectMeta):
    annotations: ClassAnnotations | None = None


class StorageClass(Model):
    metadata: ClassMeta
    volume_binding_mode: str | None = None


class CephDetail(Model):
    severity: str | None = None
    message: str | None = None


class CephCapacity(Model):
    bytes_total: int | float | None = None
    bytes_used: int | float | None = None


class CephState(Model):
    health: str | None = None
    details: dict[str, CephDetail | None] | None = None
    capacity: CephCapacity | None = None
    last_checked: Time = None


class CephStatus(Model):
    phase: str | None = None
    message: str | None = None
    ceph: CephState | None = None
    conditions: list[Condition] | None = None


class CephCluster(Model):
    metadata: ObjectMeta
    status: CephStatus | None = None
