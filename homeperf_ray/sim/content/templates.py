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
    probed = not (app.sidecar or app.init)
    main = _container(world, app.name, image, app.port, token, claims=workload.claims, probed=probed)
    containers = [main]
    if app.sidecar:
        sidecar = "ghcr.io/homelab/config-reloader:v0.83.0"
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
_ADMITTED = frozenset({"priority", "preemptionPolicy", "tolerations", "volumes"})


def _sent(spec: Object) -> Object:
    """The spec as its controller sent it: without what admission added."""
    mounted = [
        {**one, "volumeMounts": [mount for mount in one["volumeMounts"] if not mount["name"].startswith(_TOKEN)]}
        for one in spec["containers"]
    ]
    return {key: value for key, value in {**spec, "containers": mounted}.items() if key not in _ADMITTED}


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def _identity(world: World, container: Object) -> Container:
    image = container["image"]
    return Container(container["name"], image, f"{image.rpartition(':')[0]}@sha256:{world.digest()}")


def _container(
    world: World, name: str, image: str, port: int, token: str, *, claims: list[str], probed: bool
) -> Object:
    probe = {
        "tcpSocket": {"port": port},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    mounts = [{"name": "config", "readOnly": True, "mountPath": "/etc/app"}]
    mounts += [{"name": claim, "mountPath": f"/{claim}"} for claim in claims]
    mounts.append({"name": token, "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"})
    return {
        "name": name,
        "image": image,
        **({"ports": [{"name": "http", "containerPort": port, "protocol": "TCP"}]} if port else {"args": ["sh", "-c"]}),
        "resources": world.rng.choice(_RESOURCES),
        "volumeMounts": mounts,
        **({"readinessProbe": probe} if port and probed else {}),
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {"allowPrivilegeEscalation": False},
    }


def _helper(world: World, name: str, image: str) -> Object:
    """An init container or a sidecar, which serves nothing."""
    return {
        "name": name,
        "image": image,
        "args": ["--config=/etc/app"],
        "resources": world.rng.choice(_RESOURCES),
        "volumeMounts": [{"name": "config", "readOnly": True, "mountPath": "/etc/app"}],
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }


def _volumes(workload: Workload, token: str) -> list[Object]:
    volumes: list[Object] = [
        {"name": "config", "configMap": {"name": f"{workload.name}-config", "defaultMode": 420, "optional": True}}
    ]
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
