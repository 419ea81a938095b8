"""What a kubelet tells at ``/stats/summary``, as far as it is about volumes.

The shape is ``k8s.io/kubelet/pkg/apis/stats/v1alpha1``, which has not changed since Kubernetes 1.8. Every figure may be
absent: a driver tells what it can.
"""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Model, Time


class PvcReference(Model):
    name: str | None = None
    namespace: str | None = None


class PodReference(Model):
    name: str | None = None
    namespace: str | None = None


class VolumeStats(Model):
    """A file system that a pod has mounted; a figure is a float where somebody wrote an exponent."""

    time: Time = None
    used_bytes: float | int | None = None
    capacity_bytes: float | int | None = None
    available_bytes: float | int | None = None
    inodes: float | int | None = None
    inodes_used: float | int | None = None
    pvc_ref: PvcReference | None = None


class PodStats(Model):
    pod_ref: PodReference | None = None
    volume: list[VolumeStats] | None = None


class Summary(Model):
    """``pods`` has no default: what lacks it is no summary."""

    pods: list[PodStats] | None


class Measured(Model):
    """One claim's volume on one node; or, without a name, why a node told nothing, with what to do about it.

    ``way`` is ``direct`` or ``proxy``.
    """

    node: str | None = None
    way: str | None = None
    namespace: str | None = None
    name: str | None = None
    pod: str | None = None
    taken: Time = None
    capacity: int | None = None
    used: int | None = None
    available: int | None = None
    inodes: int | None = None
    inodes_used: int | None = None
    fault: str | None = None
    hint: str | None = None
