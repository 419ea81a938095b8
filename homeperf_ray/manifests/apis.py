"""API versions that Kubernetes has deprecated or removed.

Source: https://kubernetes.io/docs/reference/using-api/deprecation-guide/
"""

from __future__ import annotations

from typing import NamedTuple


class Ended(NamedTuple):
    """Since which minor version of Kubernetes 1 a version is deprecated, in which it is gone, and what replaces it."""

    deprecated: int
    removed: int
    instead: str


def _table() -> dict[tuple[str, str], Ended]:
    rows = (
        ("extensions/v1beta1", "Deployment DaemonSet ReplicaSet", 8, 16, "apps/v1"),
        ("extensions/v1beta1", "NetworkPolicy", 9, 16, "networking.k8s.io/v1"),
        ("extensions/v1beta1", "PodSecurityPolicy", 10, 16, "Pod Security Admission"),
        ("extensions/v1beta1", "Ingress", 14, 22, "networking.k8s.io/v1"),
        ("apps/v1beta1", "Deployment StatefulSet ControllerRevision", 8, 16, "apps/v1"),
        ("apps/v1beta2", "Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision", 9, 16, "apps/v1"),
        ("networking.k8s.io/v1beta1", "Ingress IngressClass", 19, 22, "networking.k8s.io/v1"),
        ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", 16, 22, "apiextensions.k8s.io/v1"),
        ("apiregistration.k8s.io/v1beta1", "APIService", 19, 22, "apiregistration.k8s.io/v1"),
        (
            "admissionregistration.k8s.io/v1beta1",
            "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
            16,
            22,
            "admissionregistration.k8s.io/v1",
        ),
        (
            "rbac.authorization.k8s.io/v1beta1",
            "ClusterRole ClusterRoleBinding Role RoleBinding",
            17,
            22,
            "rbac.authorization.k8s.io/v1",
        ),
        ("scheduling.k8s.io/v1beta1", "PriorityClass", 14, 22, "scheduling.k8s.io/v1"),
        ("coordination.k8s.io/v1beta1", "Lease", 14, 22, "coordination.k8s.io/v1"),
        ("storage.k8s.io/v1beta1", "CSIDriver CSINode StorageClass VolumeAttachment", 19, 22, "storage.k8s.io/v1"),
        ("storage.k8s.io/v1beta1", "CSIStorageCapacity", 24, 27, "storage.k8s.io/v1"),
        ("certificates.k8s.io/v1beta1", "CertificateSigningRequest", 19, 22, "certificates.k8s.io/v1"),
        ("batch/v1beta1", "CronJob", 21, 25, "batch/v1"),
        ("batch/v2alpha1", "CronJob", 8, 21, "batch/v1"),
        ("discovery.k8s.io/v1beta1", "EndpointSlice", 21, 25, "discovery.k8s.io/v1"),
        ("events.k8s.io/v1beta1", "Event", 19, 25, "events.k8s.io/v1"),
        ("policy/v1beta1", "PodDisruptionBudget", 21, 25, "policy/v1"),
        ("policy/v1beta1", "PodSecurityPolicy", 21, 25, "Pod Security Admission"),
        ("node.k8s.io/v1beta1", "RuntimeClass", 20, 25, "node.k8s.io/v1"),
        ("autoscaling/v2beta1", "HorizontalPodAutoscaler", 23, 25, "autoscaling/v2"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", 23, 26, "autoscaling/v2"),
        (
            "flowcontrol.apiserver.k8s.io/v1beta1",
            "FlowSchema PriorityLevelConfiguration",
            23,
            26,
            "flowcontrol.apiserver.k8s.io/v1",
        ),
        (
            "flowcontrol.apiserver.k8s.io/v1beta2",
            "FlowSchema PriorityLevelConfiguration",
            26,
            29,
            "flowcontrol.apiserver.k8s.io/v1",
        ),
        (
            "flowcontrol.apiserver.k8s.io/v1beta3",
            "FlowSchema PriorityLevelConfiguration",
            29,
            32,
            "flowcontrol.apiserver.k8s.io/v1",
        ),
        ("v1", "Endpoints", 33, 1000, "discovery.k8s.io/v1 EndpointSlice"),
        ("v1", "ComponentStatus", 19, 1000, "the health endpoints of the API server"),
    )
    return {
        (version, kind): Ended(since, gone, instead)
        for version, kinds, since, gone, instead in rows
        for kind in kinds.split()
    }


ENDED = _table()

_OWN = frozenset({"", "apps", "autoscaling", "batch", "extensions", "policy"})
_GROUPS = frozenset(
    f"{name}.k8s.io"
    for name in (
        *("admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization"),
        *("certificates", "coordination", "discovery", "events", "flowcontrol.apiserver", "internal.apiserver"),
        *("networking", "node", "rbac.authorization", "resource", "scheduling", "storage", "storagemigration"),
    )
)


def is_builtin(group: str) -> bool:
    """Whether a group belongs to Kubernetes itself, so that no CustomResourceDefinition adds to it."""
    return group in _OWN or group in _GROUPS
