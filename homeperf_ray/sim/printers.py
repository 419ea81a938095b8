"""The columns that the API server prints for each kind, and the cells of one object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeperf_ray.sim.ages import since
from homeperf_ray.sim.apis import Kind
from homeperf_ray.sim.podstatus import ready_cell, restarts_cell, status_cell

Object = dict[str, Any]
Cells = Callable[[Object, datetime], list[Any]]


@dataclass(frozen=True)
class Printer:
    """Columns as (name, type, priority), those of priority 1 only in wide output; and how to fill them."""

    columns: tuple[tuple[str, str, int], ...]
    cells: Cells


def _columns(text: str) -> tuple[tuple[str, str, int], ...]:
    """``Name Ready Age | IP``: names with ``_`` for spaces, integers marked ``#``, wide ones after the bar."""
    narrow, _, wide = text.partition("|")
    return tuple(
        (word.lstrip("#").replace("_", " "), "integer" if word.startswith("#") else "string", priority)
        for priority, part in enumerate((narrow, wide))
        for word in part.split()
    )


def _age(item: Object, now: datetime) -> str:
    return since(item["metadata"].get("creationTimestamp"), now)


def _labels(labels: dict[str, str] | None) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or "<none>"


def _selector(item: Object) -> str:
    return _labels((item["spec"].get("selector") or {}).get("matchLabels"))


def _containers(item: Object) -> list[str]:
    containers = item["spec"]["template"]["spec"]["containers"]
    return [",".join(part["name"] for part in containers), ",".join(part["image"] for part in containers)]


def _pod(item: Object, now: datetime) -> list[Any]:
    status, spec = item["status"], item["spec"]
    return [
        ready_cell(item),
        status_cell(item),
        restarts_cell(item, now),
        _age(item, now),
        status.get("podIP") or "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        "<none>",
    ]


def _old_pod(item: Object, now: datetime) -> list[Any]:
    """Restarts are a number without the time of the last one, below 1.22."""
    ready, status, restarts, *rest = _pod(item, now)
    return [ready, status, int(restarts.partition(" ")[0]), *rest]


def _node(item: Object, now: datetime) -> list[Any]:
    status, labels = item["status"], item["metadata"].get("labels", {})
    ready = next((one["status"] for one in status["conditions"] if one["type"] == "Ready"), "Unknown")
    shown = "Ready" if ready == "True" else "NotReady"
    if item["spec"].get("unschedulable"):
        shown += ",SchedulingDisabled"
    prefix = "node-role.kubernetes.io/"
    roles = sorted(label.removeprefix(prefix) for label in labels if label.startswith(prefix))
    addresses = {one["type"]: one["address"] for one in status.get("addresses", [])}
    info = status["nodeInfo"]
    return [
        shown,
        ",".join(roles) or "<none>",
        _age(item, now),
        info["kubeletVersion"],
        addresses.get("InternalIP", "<none>"),
        addresses.get("ExternalIP", "<none>"),
        info["osImage"],
        info["kernelVersion"],
        info["containerRuntimeVersion"],
    ]


def _service(item: Object, now: datetime) -> list[Any]:
    spec = item["spec"]
    balancer = item.get("status", {}).get("loadBalancer", {}).get("ingress", [])
    external = ",".join(one.get("ip", one.get("hostname", "")) for one in balancer)
    if not external:
        external = "<pending>" if spec["type"] == "LoadBalancer" else "<none>"
    ports = ",".join(
        f"{port['port']}{':' + str(port['nodePort']) if port.get('nodePort') else ''}/{port.get('protocol', 'TCP')}"
        for port in spec.get("ports", [])
    )
    return [
        spec["type"],
        spec.get("clusterIP") or "<none>",
        external,
        ports or "<none>",
        _age(item, now),
        _labels(spec.get("selector")),
    ]


_MODES = {"ReadWriteOnce": "RWO", "ReadWriteMany": "RWX", "ReadOnlyMany": "ROX", "ReadWriteOncePod": "RWOP"}


def _modes(modes: list[str]) -> str:
    return ",".join(_MODES[mode] for mode in modes)


def _claim(item: Object, now: datetime) -> list[Any]:
    spec, status = item["spec"], item["status"]
    bound = "capacity" in status
    return [
        status["phase"],
        spec.get("volumeName", ""),
        status["capacity"]["storage"] if bound else "",
        _modes(status.get("accessModes", [])),
        spec.get("storageClassName", ""),
        "<unset>",
        _age(item, now),
        spec.get("volumeMode", "Filesystem"),
    ]


def _volume(item: Object, now: datetime) -> list[Any]:
    spec, status = item["spec"], item["status"]
    claim = spec.get("claimRef")
    return [
        spec["capacity"]["storage"],
        _modes(spec["accessModes"]),
        spec["persistentVolumeReclaimPolicy"],
        status["phase"],
        f"{claim['namespace']}/{claim['name']}" if claim else "",
        spec.get("storageClassName", ""),
        "<unset>",
        status.get("reason", ""),
        _age(item, now),
        spec.get("volumeMode", "Filesystem"),
    ]


def _deployment(item: Object, now: datetime) -> list[Any]:
    status = item["status"]
    return [
        f"{status.get('readyReplicas', 0)}/{item['spec']['replicas']}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        _age(item, now),
        *_containers(item),
        _selector(item),
    ]


def _daemon_set(item: Object, now: datetime) -> list[Any]:
    status = item["status"]
    return [
        status["desiredNumberScheduled"],
        status["currentNumberScheduled"],
        status["numberReady"],
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        _labels(item["spec"]["template"]["spec"].get("nodeSelector")),
        _age(item, now),
        *_containers(item),
        _selector(item),
    ]


def _stateful_set(item: Object, now: datetime) -> list[Any]:
    ready = f"{item['status'].get('readyReplicas', 0)}/{item['spec']['replicas']}"
    return [ready, _age(item, now), *_containers(item)]


def _replica_set(item: Object, now: datetime) -> list[Any]:
    status = item["status"]
    counts = [item["spec"]["replicas"], status["replicas"], status.get("readyReplicas", 0)]
    return [*counts, _age(item, now), *_containers(item), _selector(item)]


def _job(item: Object, now: datetime) -> list[Any]:
    status = item["status"]
    true = [one["type"] for one in status.get("conditions", []) if one["status"] == "True"]
    shown = "Complete" if "Complete" in true else "Failed" if "Failed" in true else "Running"
    ended = datetime.fromisoformat(status["completionTime"]) if "completionTime" in status else now
    completions = f"{status.get('succeeded', 0)}/{item['spec'].get('completions', 1)}"
    duration = since(status["startTime"], ended) if status.get("startTime") else ""
    return [shown, completions, duration, _age(item, now), *_containers(item), _selector(item)]


def _cron_job(item: Object, now: datetime) -> list[Any]:
    spec, status = item["spec"], item.get("status", {})
    last = status.get("lastScheduleTime")
    return [
        spec["schedule"],
        spec.get("timeZone") or "<none>",
        "True" if spec.get("suspend") else "False",
        len(status.get("active", [])),
        since(last, now) if last else "<none>",
        _age(item, now),
    ]


def _ingress(item: Object, now: datetime) -> list[Any]:
    spec = item["spec"]
    balancer = item.get("status", {}).get("loadBalancer", {}).get("ingress", [])
    return [
        spec.get("ingressClassName") or "<none>",
        ",".join(rule.get("host", "*") for rule in spec.get("rules", [])) or "*",
        ",".join(one.get("ip", one.get("hostname", "")) for one in balancer),
        "80, 443" if spec.get("tls") else "80",
        _age(item, now),
    ]


def _slice(item: Object, now: datetime) -> list[Any]:
    ports = ",".join(str(port["port"]) for port in item.get("ports") or []) or "<unset>"
    addresses = [address for endpoint in item.get("endpoints") or [] for address in endpoint["addresses"]]
    shown = ",".join(addresses[:3]) + (f" + {len(addresses) - 3} more..." if len(addresses) > 3 else "")
    return [item["addressType"], ports, shown or "<unset>", _age(item, now)]


def _endpoints(item: Object, now: datetime) -> list[Any]:
    places = [
        f"{address['ip']}:{port['port']}"
        for subset in item.get("subsets") or []
        for port in subset["ports"]
        for address in subset.get("addresses") or []
    ]
    more = f" + {len(places) - 3} more..." if len(places) > 3 else ""
    return [",".join(places[:3]) + more or "<none>", _age(item, now)]


def _event(item: Object, now: datetime) -> list[Any]:
    about, source = item["involvedObject"], item.get("source", {})
    return [
        since(item.get("lastTimestamp"), now),
        item["type"],
        item["reason"],
        f"{about['kind'].lower()}/{about['name']}",
        item["message"],
        about.get("fieldPath", ""),
        ", ".join(part for part in (source.get("component", ""), source.get("host", "")) if part),
        since(item.get("firstTimestamp"), now),
        item.get("count", 1),
        item["metadata"]["name"],
    ]


def _storage_class(item: Object, now: datetime) -> list[Any]:
    expansion = "true" if item.get("allowVolumeExpansion") else "false"
    return [item["provisioner"], item["reclaimPolicy"], item["volumeBindingMode"], expansion, _age(item, now)]


def _ingress_class(item: Object, now: datetime) -> list[Any]:
    return [item["spec"]["controller"], "<none>", _age(item, now)]


_PRINTERS: dict[str, Printer] = {
    "configmaps": Printer(_columns("Data Age"), lambda item, now: [len(item.get("data", {})), _age(item, now)]),
    "customresourcedefinitions.apiextensions.k8s.io": Printer(
        (("Created At", "date", 0),), lambda item, _now: [item["metadata"]["creationTimestamp"]]
    ),
    "cronjobs.batch": Printer(_columns("Schedule Timezone Suspend #Active Last_Schedule Age"), _cron_job),
    "daemonsets.apps": Printer(
        _columns("#Desired #Current #Ready #Up-to-date #Available Node_Selector Age | Containers Images Selector"),
        _daemon_set,
    ),
    "deployments.apps": Printer(_columns("Ready Up-to-date Available Age | Containers Images Selector"), _deployment),
    "endpoints": Printer(_columns("Endpoints Age"), _endpoints),
    "endpointslices.discovery.k8s.io": Printer(_columns("AddressType Ports Endpoints Age"), _slice),
    "events": Printer(
        _columns("Last_Seen Type Reason Object Message | Subobject Source First_Seen #Count Name"), _event
    ),
    "ingressclasses.networking.k8s.io": Printer(_columns("Controller Parameters Age"), _ingress_class),
    "ingresses.networking.k8s.io": Printer(_columns("Class Hosts Address Ports Age"), _ingress),
    "jobs.batch": Printer(_columns("Status Completions Duration Age | Containers Images Selector"), _job),
    "namespaces": Printer(_columns("Status Age"), lambda item, now: [item["status"]["phase"], _age(item, now)]),
    "nodes": Printer(
        _columns("Status Roles Age Version | Internal-IP External-IP OS-Image Kernel-Version Container-Runtime"), _node
    ),
    "persistentvolumeclaims": Printer(
        _columns("Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age | VolumeMode"), _claim
    ),
    "persistentvolumes": Printer(
        _columns(
            "Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass Reason Age"
            " | VolumeMode"
        ),
        _volume,
    ),
    "pods": Printer(_columns("Ready Status Restarts Age | IP Node Nominated_Node Readiness_Gates"), _pod),
    "replicasets.apps": Printer(_columns("#Desired #Current #Ready Age | Containers Images Selector"), _replica_set),
    "secrets": Printer(
        _columns("Type Data Age"), lambda item, now: [item["type"], len(item.get("data", {})), _age(item, now)]
    ),
    "services": Printer(_columns("Type Cluster-IP External-IP Port(s) Age | Selector"), _service),
    "statefulsets.apps": Printer(_columns("Ready Age | Containers Images"), _stateful_set),
    "storageclasses.storage.k8s.io": Printer(
        _columns("Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age"), _storage_class
    ),
}

_OLD_PODS = Printer(_columns("Ready Status #Restarts Age | IP Node Nominated_Node Readiness_Gates"), _old_pod)

_PLAIN = Printer((("Created At", "date", 0),), lambda item, _now: [item["metadata"].get("creationTimestamp")])


def printer(kind: Kind, minor: int) -> Printer:
    """How objects of this kind are printed; the name comes before these columns."""
    if kind.columns:
        columns = tuple((name, type_, priority) for name, type_, _path, priority in kind.columns)
        return Printer(
            columns, lambda item, now: [_custom(item, type_, path, now) for _, type_, path, _ in kind.columns]
        )
    if kind.resource == "pods" and minor < 22:
        return _OLD_PODS
    return _PRINTERS.get(kind.resource, _PLAIN)


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
