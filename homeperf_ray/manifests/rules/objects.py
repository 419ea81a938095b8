"""Rules for single kinds that the API server enforces and its schemas do not tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from homeperf_ray.manifests.fault import Collector
from homeperf_ray.manifests.rules.names import judge_keys, judge_labels, judge_meta
from homeperf_ray.manifests.rules.pods import each, judge_pod, template
from homeperf_ray.manifests.values import ROOT, Path, Unknown


def judge_object(value: dict[str, Any], group: str, kind: str, found: Collector) -> None:
    """Everything beyond the schema of one object."""
    judge_meta(value, group, kind, found)
    judge_pod(value, group, kind, found)
    spec = value.get("spec")
    rule = _RULES.get((group, kind))
    if rule and isinstance(spec, dict):
        rule(value, spec, ROOT.at(value, "spec"), found)
    if group == "" and kind in ("ConfigMap", "Secret"):
        for part in ("data", "stringData", "binaryData"):
            judge_keys(value.get(part), ROOT.at(value, part), found)


def _selecting(value: dict[str, Any], spec: dict[str, Any], path: Path, found: Collector) -> None:
    """A selector must choose the pods of its own template."""
    kind = str(value.get("kind"))
    held = template(value, "apps", kind)
    selector = spec.get("selector")
    wanted = selector.get("matchLabels") if isinstance(selector, dict) else None
    if held is None or not isinstance(selector, dict) or not isinstance(wanted, dict):
        return
    here = path.at(spec, "selector").at(selector, "matchLabels")
    judge_labels(wanted, here, found)
    pod, _ = held
    meta = pod.get("metadata")
    labels = meta.get("labels") if isinstance(meta, dict) else None
    for key, one in wanted.items():
        has = labels.get(key) if isinstance(labels, dict) else None
        if isinstance(one, Unknown) or isinstance(has, Unknown) or one == has:
            continue
        told = f"has {key}={has}" if has is not None else f"has no label {key}"
        found.add("HP924", here.at(wanted, key), f"selects {key}={one}, but the pod template {told}")


def _cron(value: dict[str, Any], spec: dict[str, Any], path: Path, found: Collector) -> None:
    schedule = spec.get("schedule")
    if not isinstance(schedule, str) or isinstance(schedule, Unknown) or schedule.startswith("@"):
        return
    from datetime import UTC, datetime

    from cronsim import CronSim, CronSimError

    try:
        CronSim(schedule, datetime(2025, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        found.add("HP914", path.at(spec, "schedule"), f"{schedule!r} is no schedule of cron: {error}")


def _claim(value: dict[str, Any], spec: dict[str, Any], path: Path, found: Collector) -> None:
    resources = spec.get("resources")
    requests = resources.get("requests") if isinstance(resources, dict) else None
    if not spec.get("accessModes"):
        found.add("HP911", path, "the required field accessModes is missing")
    if not isinstance(requests, dict) or "storage" not in requests:
        found.add("HP911", path, "the required field resources.requests.storage is missing")


def _service(value: dict[str, Any], spec: dict[str, Any], path: Path, found: Collector) -> None:
    if spec.get("type") == "ExternalName":
        if not spec.get("externalName"):
            found.add("HP911", path, "the required field externalName is missing: the type is ExternalName")
        return
    ports = list(each(spec, "ports", path))
    if not ports and spec.get("clusterIP") != "None":
        found.add("HP911", path, "the required field ports is missing")
    if len(ports) > 1:
        for port, way in ports:
            if not port.get("name"):
                found.add("HP911", way, "the required field name is missing: a Service of several ports names each")
    judge_labels(spec.get("selector"), path.at(spec, "selector"), found)


def _ingress(value: dict[str, Any], spec: dict[str, Any], path: Path, found: Collector) -> None:
    for rule, way in each(spec, "rules", path):
        http = rule.get("http")
        for one, here in each(http, "paths", way.at(rule, "http")):
            route = one.get("path")
            exact = one.get("pathType") in ("Exact", "Prefix")
            if exact and isinstance(route, str) and not isinstance(route, Unknown) and not route.startswith("/"):
                found.add("HP914", here.at(one, "path"), f"the path {route!r} must begin with /")


def _scaler(value: dict[str, Any], spec: dict[str, Any], path: Path, found: Collector) -> None:
    low, high = spec.get("minReplicas"), spec.get("maxReplicas")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        found.add("HP924", path.at(spec, "minReplicas"), f"minReplicas {low} is more than maxReplicas {high}")


_Rule = Callable[[dict[str, Any], dict[str, Any], Path, Collector], None]
_RULES: dict[tuple[str, str], _Rule] = {
    ("apps", "Deployment"): _selecting,
    ("apps", "StatefulSet"): _selecting,
    ("apps", "DaemonSet"): _selecting,
    ("apps", "ReplicaSet"): _selecting,
    ("batch", "CronJob"): _cron,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Service"): _service,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("autoscaling", "HorizontalPodAutoscaler"): _scaler,
}
