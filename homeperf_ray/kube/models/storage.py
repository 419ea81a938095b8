"""Claims, volumes, storage classes, and what Rook keeps of Ceph."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta, OwnerReference, Time


class ClaimAnnotations(Model, rename={"selected_node": "volume.kubernetes.io/selected-node"}):
    """``selected_node`` is where the scheduler put the first pod that uses a claim which waits for one."""

    selected_node: str | None = None


class KeptMeta(ObjectMeta):
    finalizers: list[str] | None = None


class ClaimMeta(KeptMeta):
    annotations: ClaimAnnotations | None = None
    owner_references: list[OwnerReference] | None = None


class ClaimSpec(Model):
    storage_class_name: str | None = None
    volume_name: str | None = None


class PhaseStatus(Model):
    """Servers before 1.29 do not tell ``last_phase_transition_time``, and of claims none does."""

    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    last_phase_transition_time: Time = None


class VolumeCapacity(Model):
    storage: str | None = None


class ClaimStatus(Model):
    """``capacity`` is that of the volume behind it."""

    phase: str | None = None
    capacity: VolumeCapacity | None = None


class Claim(Model):
    metadata: ClaimMeta
    spec: ClaimSpec | None = None
    status: ClaimStatus | None = None


class ClaimReference(Model):
    namespace: str | None = None
    name: str | None = None


class CsiSource(Model):
    driver: str | None = None


class VolumeSpec(Model):
    claim_ref: ClaimReference | None = None
    csi: CsiSource | None = None
    capacity: VolumeCapacity | None = None
    persistent_volume_reclaim_policy: str | None = None
    storage_class_name: str | None = None


class Volume(Model):
    metadata: KeptMeta
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
    provisioner: str | None = None
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
    versions: dict[str, dict[str, int | None] | None] | None = None
    last_checked: Time = None


class CephStatus(Model):
    phase: str | None = None
    message: str | None = None
    ceph: CephState | None = None
    conditions: list[Condition] | None = None


class CephCluster(Model):
    metadata: ObjectMeta
    status: CephStatus | None = None


class CephPartStatus(Model):
    phase: str | None = None
    conditions: list[Condition] | None = None


class CephPart(Model):
    """A pool, a filesystem or an object store. ``status`` is absent until Rook has looked at it."""

    metadata: ObjectMeta
    status: CephPartStatus | None = None
