"""Values that the API server allows and that Kubernetes' OpenAPI does not list, by definition and field."""

from __future__ import annotations

_PULL = ("Always", "IfNotPresent", "Never")
_ACCESS = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_MODES = ("Block", "Filesystem")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_POLICIES = ("Retain", "Delete", "Recycle")

ENUMERATIONS: dict[str, tuple[str, ...]] = {
    "Container.imagePullPolicy": _PULL,
    "Container.terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
    "ContainerPort.protocol": _PROTOCOLS,
    "CronJobSpec.concurrencyPolicy": ("Allow", "Forbid", "Replace"),
    "DaemonSetUpdateStrategy.type": ("RollingUpdate", "OnDelete"),
    "DeploymentStrategy.type": ("RollingUpdate", "Recreate"),
    "HTTPGetAction.scheme": ("HTTP", "HTTPS"),
    "HTTPIngressPath.pathType": ("Exact", "Prefix", "ImplementationSpecific"),
    "JobSpec.completionMode": ("NonIndexed", "Indexed"),
    "LabelSelectorRequirement.operator": ("In", "NotIn", "Exists", "DoesNotExist"),
    "NetworkPolicyPort.protocol": _PROTOCOLS,
    "NetworkPolicySpec.policyTypes": ("Ingress", "Egress"),
    "NodeSelectorRequirement.operator": ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"),
    "PersistentVolumeClaimSpec.accessModes": _ACCESS,
    "PersistentVolumeClaimSpec.volumeMode": _MODES,
    "PersistentVolumeSpec.accessModes": _ACCESS,
    "PersistentVolumeSpec.persistentVolumeReclaimPolicy": _POLICIES,
    "PersistentVolumeSpec.volumeMode": _MODES,
    "PodSpec.dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "PodSpec.preemptionPolicy": ("Never", "PreemptLowerPriority"),
    "PodSpec.restartPolicy": ("Always", "OnFailure", "Never"),
    "ServicePort.protocol": _PROTOCOLS,
    "ServiceSpec.externalTrafficPolicy": ("Cluster", "Local"),
    "ServiceSpec.internalTrafficPolicy": ("Cluster", "Local"),
    "ServiceSpec.ipFamilyPolicy": ("SingleStack", "PreferDualStack", "RequireDualStack"),
    "ServiceSpec.sessionAffinity": ("ClientIP", "None"),
    "ServiceSpec.type": ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    "StatefulSetSpec.podManagementPolicy": ("OrderedReady", "Parallel"),
    "StatefulSetUpdateStrategy.type": ("RollingUpdate", "OnDelete"),
    "StorageClass.reclaimPolicy": ("Retain", "Delete"),
    "StorageClass.volumeBindingMode": ("Immediate", "WaitForFirstConsumer"),
    "Taint.effect": ("NoSchedule", "PreferNoSchedule", "NoExecute"),
    "Toleration.effect": ("NoSchedule", "PreferNoSchedule", "NoExecute"),
    "Toleration.operator": ("Exists", "Equal", "Lt", "Gt"),
    "TopologySpreadConstraint.whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
}

PORTS = frozenset(
    {"ContainerPort.containerPort", "ContainerPort.hostPort", "ServicePort.port", "ServicePort.nodePort"}
    | {"ServiceBackendPort.number"}
)
"""Fields that hold a port from 1 to 65535. ``hostPort`` and ``nodePort`` may be left out."""
