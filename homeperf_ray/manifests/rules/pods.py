"""Pods and their templates: images, volumes, resources, what contradicts itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from homeperf_ray.kube.quantity import quantity
from homeperf_ray.manifests.fault import Collector
from homeperf_ray.manifests.nearness import meant
from homeperf_ray.manifests.rules.names import judge_labels
from homeperf_ray.manifests.values import ROOT, Path, Unknown

_TEMPLATES = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): ("spec", "template"),
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("batch", "Job"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
}
_IMAGE = re.compile(
    r"([a-zA-Z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*"
    r"(:[\w][\w.-]{0,127})?(@[a-z0-9]+:[a-f0-9]{32,})?"
)


def template(value: dict[str, Any], group: str, kind: str) -> tuple[dict[str, Any], Path] | None:
    """The pod or pod template of an object, and the way to it."""
    steps = _TEMPLATES.get((group, kind))
    if steps is None:
        return None
    here: Any = value
    path = ROOT
    for step in steps:
        if not isinstance(here, dict):
            return None
        path, here = path.at(here, step), here.get(step)
    return (here, path) if isinstance(here, dict) else None


def each(value: Any, key: str, path: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """The mappings in the list under a key."""
    listed = value.get(key) if isinstance(value, dict) else None
    if isinstance(listed, list):
        under = path.at(value, key)
        yield from ((one, under.at(listed, index)) for index, one in enumerate(listed) if isinstance(one, dict))


def judge_pod(value: dict[str, Any], group: str, kind: str, found: Collector) -> None:
    """The pod template of an object, if it has one."""
    held = template(value, group, kind)
    if held is None:
        return
    pod, path = held
    meta = pod.get("metadata")
    if isinstance(meta, dict) and kind != "Pod":
        judge_labels(meta.get("labels"), path.at(pod, "metadata").at(meta, "labels"), found)
    spec = pod.get("spec")
    if not isinstance(spec, dict):
        return
    here = path.at(pod, "spec")
    _judge_restart(spec, kind, here, found)
    volumes = {one.get("name") for one, _ in each(spec, "volumes", here)}
    if kind == "StatefulSet" and isinstance(value.get("spec"), dict):
        claims = each(value["spec"], "volumeClaimTemplates", ROOT)
        volumes |= {one["metadata"].get("name") for one, _ in claims if isinstance(one.get("metadata"), dict)}
    for part in ("containers", "initContainers", "ephemeralContainers"):
        for container, way in each(spec, part, here):
            _judge_container(container, volumes, way, found)


def _judge_container(container: dict[str, Any], volumes: set[Any], path: Path, found: Collector) -> None:
    image = container.get("image")
    if isinstance(image, str) and not isinstance(image, Unknown):
        _judge_image(image, path.at(container, "image"), found)
    for mount, way in each(container, "volumeMounts", path):
        name = mount.get("name")
        if isinstance(name, str) and not isinstance(name, Unknown) and name not in volumes:
            known = [one for one in volumes if isinstance(one, str)]
            found.add("HP924", way.at(mount, "name"), f"no volume of the pod is called {name}{meant(name, known)}")
    for variable, way in each(container, "env", path):
        if variable.get("value") and variable.get("valueFrom") is not None:
            found.add("HP924", way, "has both value and valueFrom: they exclude each other")
    resources = container.get("resources")
    if isinstance(resources, dict):
        _judge_resources(resources, path.at(container, "resources"), found)


def _judge_image(image: str, path: Path, found: Collector) -> None:
    if not _IMAGE.fullmatch(image):
        found.add("HP914", path, f"{image!r} is no reference of an image: [HOST/]NAME[:TAG][@DIGEST] in lower case")
        return
    if "@" in image:
        return
    _, _, tag = image.rpartition("/")[2].partition(":")
    if not tag:
        found.add("HP923", path, f"{image} has no tag, so latest is pulled: what runs may change at any restart")
    elif tag == "latest":
        found.add("HP923", path, f"{image}: what latest is may change at any restart")


def _judge_resources(resources: dict[str, Any], path: Path, found: Collector) -> None:
    requests, limits = resources.get("requests"), resources.get("limits")
    if not isinstance(requests, dict) or not isinstance(limits, dict):
        return
    for name, asked in requests.items():
        low, high = quantity(str(asked)), quantity(str(limits.get(name)))
        if low is not None and high is not None and low > high:
            way = path.at(resources, "requests").at(requests, name)
            found.add("HP924", way, f"requests {asked} of {name}, more than its limit of {limits[name]}")


def _judge_restart(spec: dict[str, Any], kind: str, path: Path, found: Collector) -> None:
    policy = spec.get("restartPolicy")
    where = path.at(spec, "restartPolicy")
    if kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet") and policy in ("OnFailure", "Never"):
        found.add("HP924", where, f"the restartPolicy of a {kind}'s pods must be Always")
    elif kind in ("Job", "CronJob") and policy in (None, "Always"):
        place = where if policy else path
        found.add("HP924", place, f"the restartPolicy of a {kind}'s pods must be OnFailure or Never")
