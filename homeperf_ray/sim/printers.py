"""Which columns the API server prints for each kind."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from homeperf_ray.sim import clustercells, systemcells, workloadcells
from homeperf_ray.sim.ages import since
from homeperf_ray.sim.apis import Kind
from homeperf_ray.sim.columns import Cells, Column, Object, Printer, age, columns


def _printer(text: str, cells: Cells) -> Printer:
    return Printer(columns(text), cells)


_CREATED = (Column("Created At", "date"),)
_WIDE = "+Containers +Images +Selector"
_BINDING = _printer("Role Age +Users +Groups +ServiceAccounts", systemcells.binding)
_WEBHOOKS = _printer("#Webhooks Age", systemcells.webhooks)
_RBAC, _FLOW = "rbac.authorization.k8s.io", "flowcontrol.apiserver.k8s.io"

_PRINTERS: dict[str, Printer] = {
    "apiservices.apiregistration.k8s.io": _printer("Service Available Age", systemcells.api_service),
    "certificatesigningrequests.certificates.k8s.io": _printer(
        "Age SignerName Requestor RequestedDuration@22 Condition", systemcells.signing_request
    ),
    f"clusterrolebindings.{_RBAC}": _BINDING,
    f"clusterroles.{_RBAC}": Printer(_CREATED, systemcells.role),
    "configmaps": _printer("Data Age", lambda item, now: [len(item.get("data", {})), age(item, now)]),
    "controllerrevisions.apps": _printer("Controller Revision Age", workloadcells.revision),
    "cronjobs.batch": _printer(
        f"Schedule Timezone@30 ?Suspend #Active Last_Schedule Age {_WIDE}", workloadcells.cron_job
    ),
    "csidrivers.storage.k8s.io": _printer(
        "?AttachRequired ?PodInfoOnMount ?StorageCapacity@21 TokenRequests@21 ?RequiresRepublish@21 Modes Age",
        systemcells.csi_driver,
    ),
    "csinodes.storage.k8s.io": _printer("#Drivers Age", systemcells.csi_node),
    "customresourcedefinitions.apiextensions.k8s.io": Printer(
        _CREATED, lambda item, _now: [item["metadata"]["creationTimestamp"]]
    ),
    "daemonsets.apps": _printer(
        f"#Desired #Current #Ready #Up-to-date #Available Node_Selector Age {_WIDE}", workloadcells.daemon_set
    ),
    "deployments.apps": _printer(f"Ready Up-to-date Available Age {_WIDE}", workloadcells.deployment),
    "endpoints": _printer("Endpoints Age", clustercells.endpoints),
    "endpointslices.discovery.k8s.io": _printer("AddressType Ports Endpoints Age", clustercells.slice_),
    "events": Printer(
        columns("Last_Seen Type Reason Object +Subobject +Source Message +First_Seen +Count +Name"),
        clustercells.event,
        named=False,
    ),
    f"flowschemas.{_FLOW}": _printer(
        "PriorityLevel MatchingPrecedence DistinguisherMethod Age MissingPL", systemcells.flow_schema
    ),
    "horizontalpodautoscalers.autoscaling": _printer(
        "Reference Targets MinPods MaxPods Replicas Age", workloadcells.scaler
    ),
    "ingressclasses.networking.k8s.io": _printer("Controller Parameters Age", clustercells.ingress_class),
    "ingresses.networking.k8s.io": _printer("Class Hosts Address Ports Age", clustercells.ingress),
    "jobs.batch": _printer(f"Status@31 Completions Duration Age {_WIDE}", workloadcells.job),
    "leases.coordination.k8s.io": _printer("Holder Age", systemcells.lease),
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": _WEBHOOKS,
    "namespaces": _printer("Status Age", lambda item, now: [item["status"]["phase"], age(item, now)]),
    "networkpolicies.networking.k8s.io": _printer("Pod-Selector Age", systemcells.network_policy),
    "nodes": _printer(
        "Status Roles Age Version +Internal-IP +External-IP +OS-Image +Kernel-Version +Container-Runtime",
        workloadcells.node,
    ),
    "persistentvolumeclaims": _printer(
        "Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass@29 Age +VolumeMode", clustercells.claim
    ),
    "persistentvolumes": _printer(
        "Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass@29 Reason Age "
        "+VolumeMode",
        clustercells.volume,
    ),
    "poddisruptionbudgets.policy": _printer(
        "Min_Available Max_Unavailable #Allowed_Disruptions Age", workloadcells.budget
    ),
    "pods": _printer("Ready Status Restarts Age +IP +Node +Nominated_Node +Readiness_Gates", workloadcells.pod),
    "podtemplates": _printer("Containers Images Pod_Labels", workloadcells.pod_template),
    "priorityclasses.scheduling.k8s.io": _printer(
        "#Value ?Global-Default Age PreemptionPolicy@31", systemcells.priority_class
    ),
    f"prioritylevelconfigurations.{_FLOW}": _printer(
        "Type AssuredConcurrencyShares@0-25 NominalConcurrencyShares@26 Queues HandSize QueueLengthLimit Age",
        systemcells.priority_level,
    ),
    "replicasets.apps": _printer(f"#Desired #Current #Ready Age {_WIDE}", workloadcells.replica_set),
    "replicationcontrollers": _printer(f"#Desired #Current #Ready Age {_WIDE}", workloadcells.controller),
    "resourcequotas": _printer("Age Request Limit", systemcells.quota),
    f"rolebindings.{_RBAC}": _BINDING,
    f"roles.{_RBAC}": Printer(_CREATED, systemcells.role),
    "runtimeclasses.node.k8s.io": _printer("Handler Age", systemcells.runtime_class),
    "secrets": _printer("Type Data Age", lambda item, now: [item["type"], len(item.get("data", {})), age(item, now)]),
    "serviceaccounts": _printer("Secrets Age", systemcells.service_account),
    "services": _printer("Type Cluster-IP External-IP Port(s) Age +Selector", clustercells.service),
    "statefulsets.apps": _printer("Ready Age +Containers +Images", workloadcells.stateful_set),
    "storageclasses.storage.k8s.io": _printer(
        "Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age", clustercells.storage_class
    ),
    "validatingwebhookconfigurations.admissionregistration.k8s.io": _WEBHOOKS,
    "volumeattachments.storage.k8s.io": _printer("Attacher PV Node ?Attached Age", systemcells.attachment),
}

_OLD_PODS = _printer("Ready Status #Restarts Age +IP +Node +Nominated_Node +Readiness_Gates", workloadcells.old_pod)

_PLAIN = Printer(_CREATED, lambda item, _now: [item["metadata"].get("creationTimestamp")])


@lru_cache(maxsize=512)
def printer(kind: Kind, minor: int) -> Printer:
    """How objects of this kind are printed; the name comes before these columns."""
    if kind.columns:
        return Printer(
            tuple(Column(name, type_, priority) for name, type_, _path, priority in kind.columns),
            lambda item, now: [_custom(item, type_, path, now) for _, type_, path, _ in kind.columns],
        )
    if kind.resource == "pods" and minor < 22:
        return _OLD_PODS
    return _PRINTERS.get(kind.resource, _PLAIN).at(minor)


def name_cell(kind: Kind, item: Object) -> str:
    """The name, with the mark of a default class."""
    annotations = item["metadata"].get("annotations", {})
    marked = annotations.get("storageclass.kubernetes.io/is-default-class") == "true"
    name = str(item["metadata"]["name"])
    return f"{name} (default)" if marked and kind.plural == "storageclasses" else name


def _custom(item: Object, type_: str, path: str, now: datetime) -> Any:
    value: Any = item
    if not path.startswith("."):
        condition, _, path = path.partition(".")
        found = item.get("status", {}).get("conditions", [])
        value = next((one for one in found if one["type"] == condition), {})
    for step in path.lstrip(".").split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if type_ == "date":
        return since(value, now)
    return "" if value is None and type_ == "string" else value if type_ == "integer" else str(value)
