"""Pod templates: what a workload's pods have in common, encoded once a workload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from homeperf_ray.sim.content import managed
from homeperf_ray.sim.content.plan import Workload
from homeperf_ray.sim.content.world import Object, World

_RESOURCES = (
    {"limits": {"memory": "256Mi"}, "requests": {"cpu": "10m", "memory": "64Mi"}},
    {"limits": {"memory": "1Gi"}, "requests": {"cpu": "50m", "memory": "256Mi"}},
    {"limits": {"memory": "4Gi"}, "requests": {"cpu": "100m", "memory": "512Mi"}},
)

_TOLERATIONS = [
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
]
_EVERYWHERE = [{"operator": "Exists"}]


@dataclass(frozen=True)
class Container:
    """A container as its status needs it."""

    name: str
    image: str
    image_id: str


@dataclass(frozen=True)
class Template:
    """What the pods of a workload share. ``spec`` lacks what the scheduler and the kubelet add."""

    containers: tuple[Container, ...]
    init_containers: tuple[Container, ...]
    spec: Object
    owned: msgspec.Raw
    """FieldsV1 of ``spec`` and of the metadata that the controller set."""


def make(world: World, workload: Workload) -> Template:
    """Build the template of a workload."""
    app = workload.app
    token = f"{_TOKEN}{world.suffix()}"
    image = f"{app.image}:{app.tag}"
    main = _container(world, workload, image, token)
    containers = [main]
    if app.sidecar:
        sidecar = "ghcr.io/homelab/reloader:v0.83.0"
        containers.append(_helper(world, "config-reloader", sidecar))
    first = [_helper(world, "init", "docker.io/library/busybox:1.37")] if app.init else []
    spec: Object = {
        "volumes": _volumes(workload, token),
        **({"initContainers": first} if first else {}),
        "containers": containers,
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirstWithHostNet" if workload.host_network else "ClusterFirst",
        "serviceAccountName": app.name,
        "serviceAccount": app.name,
        **({"hostNetwork": True} if workload.host_network else {}),
        "securityContext": {"fsGroup": 1000},
        "schedulerName": "default-scheduler",
        "tolerations": _EVERYWHERE if app.kind == "DaemonSet" else _TOLERATIONS,
        "priority": 0,
        "enableServiceLinks": False,
        "preemptionPolicy": "PreemptLowerPriority",
    }
    owned = {
        "f:metadata": managed.fields({"labels": workload.labels, "generateName": ""}),
        "f:spec": managed.fields(_sent(spec)),
    }
    shared = {key: _raw(value) if key in _LARGE else value for key, value in spec.items()}
    return Template(
        tuple(_identity(world, one) for one in containers),
        tuple(_identity(world, one) for one in first),
        shared,
        msgspec.Raw(msgspec.json.encode(owned)),
    )


_TOKEN = "kube-api-access-"  # noqa: S105  a volume's name
_LARGE = frozenset({"containers", "initContainers", "tolerations"})
_ADMITTED = frozenset(
    {"enableServiceLinks", "priority", "preemptionPolicy", "serviceAccount", "tolerations", "volumes"}
)


_DEFAULTS = frozenset({"imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy"})
"""Fields of a container that nobody wrote. A genuine server lists them too; here they would make pods too large."""


def _sent(spec: Object) -> Object:
    """The spec as its author wrote it: without what admission and defaults added."""
    written = {key: value for key, value in spec.items() if key not in _ADMITTED}
    for key in ("containers", "initContainers"):
        if key in spec:
            written[key] = [_written(container) for container in spec[key]]
    return written


def _written(container: Object) -> Object:
    kept = {key: value for key, value in container.items() if key not in _DEFAULTS}
    if "volumeMounts" in container:
        kept["volumeMounts"] = [one for one in container["volumeMounts"] if not one["name"].startswith(_TOKEN)]
    return kept


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _identity(world: World, container: Object) -> Container:
    image = container["image"]
    return Container(container["name"], image, f"{image.rpartition(':')[0]}@sha256:{world.digest()}")


def _container(world: World, workload: Workload, image: str, token: str) -> Object:
    """The one that an app is about. It says less where others run beside it, so that pods are of 3 to 6 KB."""
    app, claims = workload.app, workload.claims
    port, probed = app.port, not (app.sidecar or app.init)
    probe = {
        "tcpSocket": {"port": port},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    mounts: list[Object] = []
    if not app.init:
        mounts.append({"name": "config", "readOnly": True, "mountPath": "/etc/app"})
    mounts += [{"name": claim, "mountPath": f"/{claim}"} for claim in claims]
    mounts.append({"name": token, "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"})
    return {
        "name": app.name,
        "image": image,
        **({"ports": [{"name": "http", "containerPort": port, "protocol": "TCP"}]} if port else {"args": ["sh", "-c"]}),
        "resources": world.rng.choice(_RESOURCES),
        "volumeMounts": mounts,
        **({"readinessProbe": probe} if port and probed else {}),
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        **({"securityContext": {"allowPrivilegeEscalation": False}} if probed else {}),
    }


def _helper(world: World, name: str, image: str) -> Object:
    """An init container or a sidecar, which serves nothing."""
    return {
        "name": name,
        "image": image,
        "resources": {"requests": world.rng.choice(_RESOURCES)["requests"]},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }


def _volumes(workload: Workload, token: str) -> list[Object]:
    volumes: list[Object] = []
    if not workload.app.init:
        volumes.append({"name": "config", "configMap": {"name": f"{workload.name}-config", "defaultMode": 420}})
    if workload.app.kind != "StatefulSet":
        volumes += [
            {"name": claim, "persistentVolumeClaim": {"claimName": f"{workload.name}-{claim}"}}
            for claim in workload.claims
        ]
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    ]
    volumes.append({"name": token, "projected": {"sources": sources, "defaultMode": 420}})
    return volumes
