"""The cells of what a cluster keeps of itself: Leases, RBAC, API services, priorities, CSI, certificates asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from homeperf_ray.sim.columns import Object, age, labels_of


def lease(item: Object, now: datetime) -> list[Any]:
    return [item.get("spec", {}).get("holderIdentity", ""), age(item, now)]


def role(item: Object, _now: datetime) -> list[Any]:
    return [item["metadata"].get("creationTimestamp")]


def binding(item: Object, now: datetime) -> list[Any]:
    named: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for one in item.get("subjects") or ():
        name = f"{one['namespace']}/{one['name']}" if one.get("namespace") else one["name"]
        named.setdefault(one["kind"], []).append(name)
    users, groups, accounts = (", ".join(named[kind]) for kind in ("User", "Group", "ServiceAccount"))
    return [f"{item['roleRef']['kind']}/{item['roleRef']['name']}", age(item, now), users, groups, accounts]


def priority_class(item: Object, now: datetime) -> list[Any]:
    default = bool(item.get("globalDefault"))
    return [item["value"], default, age(item, now), item.get("preemptionPolicy", "PreemptLowerPriority")]


def csi_node(item: Object, now: datetime) -> list[Any]:
    return [len(item["spec"].get("drivers") or ()), age(item, now)]


def csi_driver(item: Object, now: datetime) -> list[Any]:
    spec = item["spec"]
    tokens = ",".join(one.get("audience", "") for one in spec.get("tokenRequests") or ()) or "<unset>"
    return [
        spec.get("attachRequired", True),
        spec.get("podInfoOnMount", False),
        spec.get("storageCapacity", False),
        tokens,
        spec.get("requiresRepublish", False),
        ",".join(spec.get("volumeLifecycleModes") or ()) or "<none>",
        age(item, now),
    ]


def attachment(item: Object, now: datetime) -> list[Any]:
    spec = item["spec"]
    volume = spec.get("source", {}).get("persistentVolumeName", "")
    return [spec["attacher"], volume, spec["nodeName"], item.get("status", {}).get("attached", False), age(item, now)]


def runtime_class(item: Object, now: datetime) -> list[Any]:
    return [item["handler"], age(item, now)]


def api_service(item: Object, now: datetime) -> list[Any]:
    service = item["spec"].get("service")
    where = f"{service['namespace']}/{service['name']}" if service else "Local"
    found = [one for one in item.get("status", {}).get("conditions", ()) if one["type"] == "Available"]
    shown = "Unknown"
    if found:
        shown = found[0]["status"] if found[0]["status"] == "True" else f"{found[0]['status']} ({found[0]['reason']})"
    return [where, shown, age(item, now)]


def signing_request(item: Object, now: datetime) -> list[Any]:
    spec, status = item["spec"], item.get("status", {})
    words = [one["type"] for one in status.get("conditions", ())] or ["Pending"]
    shown = ",".join([*words, *(["Issued"] if status.get("certificate") else [])])
    duration = f"{spec['expirationSeconds']}s" if spec.get("expirationSeconds") else "<none>"
    return [age(item, now), spec.get("signerName", "<none>"), spec.get("username", ""), duration, shown]


def webhooks(item: Object, now: datetime) -> list[Any]:
    return [len(item.get("webhooks") or ()), age(item, now)]


def flow_schema(item: Object, now: datetime) -> list[Any]:
    spec = item["spec"]
    dangling = next((one["status"] for one in item["status"].get("conditions", ()) if one["type"] == "Dangling"), "?")
    return [
        spec["priorityLevelConfiguration"]["name"],
        spec["matchingPrecedence"],
        spec.get("distinguisherMethod", {}).get("type", "<none>"),
        age(item, now),
        dangling,
    ]


def priority_level(item: Object, now: datetime) -> list[Any]:
    spec = item["spec"]
    limited = spec.get("limited", {})
    shares = limited.get("nominalConcurrencyShares", limited.get("assuredConcurrencyShares", "<none>"))
    queuing = limited.get("limitResponse", {}).get("queuing", {})
    queues = [queuing.get(name, "<none>") for name in ("queues", "handSize", "queueLengthLimit")]
    return [spec["type"], shares, shares, *queues, age(item, now)]


def network_policy(item: Object, now: datetime) -> list[Any]:
    return [labels_of((item["spec"].get("podSelector") or {}).get("matchLabels")), age(item, now)]


def quota(item: Object, now: datetime) -> list[Any]:
    status = item.get("status", {})
    hard, used = status.get("hard", {}), status.get("used", {})
    told = {name: f"{name}: {used.get(name, '0')}/{hard[name]}" for name in sorted(hard)}
    limits = ", ".join(text for name, text in told.items() if name.startswith("limits."))
    return [age(item, now), ", ".join(text for name, text in told.items() if not name.startswith("limits.")), limits]


def service_account(item: Object, now: datetime) -> list[Any]:
    return [len(item.get("secrets") or ()), age(item, now)]
