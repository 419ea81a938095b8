"""The cells of nodes and of what runs on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from homeperf_ray.sim.ages import since
from homeperf_ray.sim.columns import Object, age, labels_of
from homeperf_ray.sim.podstatus import ready_cell, restarts_cell, status_cell


def _selector(item: Object) -> str:
    return labels_of((item["spec"].get("selector") or {}).get("matchLabels"))


def _containers(item: Object) -> list[str]:
    containers = item["spec"]["template"]["spec"]["containers"]
    return [",".join(part["name"] for part in containers), ",".join(part["image"] for part in containers)]


def pod(item: Object, now: datetime) -> list[Any]:
    status, spec = item["status"], item["spec"]
    return [
        ready_cell(item),
        status_cell(item),
        restarts_cell(item, now),
        age(item, now),
        status.get("podIP") or "<none>",
        spec.get("nodeName") or "<none>",
        status.get("nominatedNodeName") or "<none>",
        "<none>",
    ]


def old_pod(item: Object, now: datetime) -> list[Any]:
    """Restarts are a number without the time of the last one, below 1.22."""
    ready, status, restarts, *rest = pod(item, now)
    return [ready, status, int(restarts.partition(" ")[0]), *rest]


def node(item: Object, now: datetime) -> list[Any]:
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
        age(item, now),
        info["kubeletVersion"],
        addresses.get("InternalIP", "<none>"),
        addresses.get("ExternalIP", "<none>"),
        info["osImage"],
        info["kernelVersion"],
        info["containerRuntimeVersion"],
    ]


def deployment(item: Object, now: datetime) -> list[Any]:
    status = item["status"]
    return [
        f"{status.get('readyReplicas', 0)}/{item['spec']['replicas']}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age(item, now),
        *_containers(item),
        _selector(item),
    ]


def daemon_set(item: Object, now: datetime) -> list[Any]:
    status = item["status"]
    return [
        status["desiredNumberScheduled"],
        status["currentNumberScheduled"],
        status["numberReady"],
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        labels_of(item["spec"]["template"]["spec"].get("nodeSelector")),
        age(item, now),
        *_containers(item),
        _selector(item),
    ]


def stateful_set(item: Object, now: datetime) -> list[Any]:
    ready = f"{item['status'].get('readyReplicas', 0)}/{item['spec']['replicas']}"
    return [ready, age(item, now), *_containers(item)]


def replica_set(item: Object, now: datetime) -> list[Any]:
    status = item["status"]
    counts = [item["spec"]["replicas"], status["replicas"], status.get("readyReplicas", 0)]
    return [*counts, age(item, now), *_containers(item), _selector(item)]


def job(item: Object, now: datetime) -> list[Any]:
    status = item["status"]
    true = [one["type"] for one in status.get("conditions", []) if one["status"] == "True"]
    shown = "Complete" if "Complete" in true else "Failed" if "Failed" in true else "Running"
    ended = datetime.fromisoformat(status["completionTime"]) if "completionTime" in status else now
    completions = f"{status.get('succeeded', 0)}/{item['spec'].get('completions', 1)}"
    duration = since(status["startTime"], ended) if status.get("startTime") else ""
    return [shown, completions, duration, age(item, now), *_containers(item), _selector(item)]


def cron_job(item: Object, now: datetime) -> list[Any]:
    spec, status = item["spec"], item.get("status", {})
    last = status.get("lastScheduleTime")
    return [
        spec["schedule"],
        spec.get("timeZone") or "<none>",
        "True" if spec.get("suspend") else "False",
        len(status.get("active", [])),
        since(last, now) if last else "<none>",
        age(item, now),
        *_containers(spec["jobTemplate"]),
        "<none>",
    ]


def controller(item: Object, now: datetime) -> list[Any]:
    """A ReplicationController."""
    spec, status = item["spec"], item["status"]
    counts = [spec.get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0)]
    return [*counts, age(item, now), *_containers(item), labels_of(spec.get("selector"))]


def revision(item: Object, now: datetime) -> list[Any]:
    """A ControllerRevision."""
    owners = [one for one in item["metadata"].get("ownerReferences", ()) if one.get("controller")]
    names = [f"{one['kind'].lower()}.{one['apiVersion'].partition('/')[0]}/{one['name']}" for one in owners]
    return [",".join(names) or "<none>", item.get("revision", 0), age(item, now)]


def pod_template(item: Object, _now: datetime) -> list[Any]:
    return [*_containers({"spec": item}), labels_of(item["template"].get("metadata", {}).get("labels"))]


def scaler(item: Object, now: datetime) -> list[Any]:
    """A HorizontalPodAutoscaler, whose targets are not measured here."""
    spec, status = item["spec"], item.get("status", {})
    target = spec["scaleTargetRef"]
    wanted = spec.get("targetCPUUtilizationPercentage")
    return [
        f"{target['kind']}/{target['name']}",
        f"<unknown>/{wanted}%" if wanted else "<unknown>",
        str(spec.get("minReplicas", "<unset>")),
        spec["maxReplicas"],
        status.get("currentReplicas", 0),
        age(item, now),
    ]


def budget(item: Object, now: datetime) -> list[Any]:
    """A PodDisruptionBudget."""
    spec = item["spec"]
    least, most = (str(spec.get(name, "N/A")) for name in ("minAvailable", "maxUnavailable"))
    return [least, most, item.get("status", {}).get("disruptionsAllowed", 0), age(item, now)]
