"""Pods as large as real ones are, and their statuses."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import HOURS, NOW, OLD, Made, ago, condition, make
from tests.apiserver.content.nodes import FULL, HEALTHY, ROOM

HOLD = "homelab.invalid/hold"
"""A finalizer that nobody removes: a deleted pod that has it stays."""


def pod(
    name: str,
    namespace: str,
    status: dict[str, Any],
    *,
    node: str = HEALTHY[0],
    owner: str = "ReplicaSet",
    finalizers: tuple[str, ...] = (),
    **made: Any,
) -> Made:
    """A pod of one application container and, if its status has one, an init container. No owner: a pod of its own."""
    init = [_container(found["name"]) for found in status.get("initContainerStatuses", [])]
    names = [found["name"] for found in status["containerStatuses"]] or ["app"]
    probe = {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10, "failureThreshold": 3}
    spec = {
        "containers": [_container(each) | {"livenessProbe": probe, "readinessProbe": probe} for each in names],
        **({"initContainers": init} if init else {}),
        **({"nodeName": node} if node else {}),
        "volumes": [
            {"name": "config", "configMap": {"name": f"{name}-config", "defaultMode": 420}},
            {"name": "data", "persistentVolumeClaim": {"claimName": f"{name}-data"}},
            {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
        ],
        "securityContext": {"runAsUser": 1000, "runAsGroup": 1000, "fsGroup": 1000, "runAsNonRoot": True},
        "tolerations": [
            {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute",
             "tolerationSeconds": 300},
            {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute",
             "tolerationSeconds": 300},
        ],
    }  # fmt: skip
    references = [{"apiVersion": "apps/v1", "kind": owner, "name": f"{name}-owner", "uid": str(uuid.uuid4()),
                   "controller": True, "blockOwnerDeletion": True}]  # fmt: skip
    metadata = {
        "annotations": {
            "checksum/config": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "prometheus.io/scrape": "true",
            "kubectl.kubernetes.io/restartedAt": ago(OLD),
        },
        **({"ownerReferences": references} if owner else {}),
        **({"finalizers": list(finalizers)} if finalizers else {}),
    }
    labels = {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": f"{name}-{namespace}",
        "pod-template-hash": "6d8f9c7b5",
    }
    return make("v1", "pods", "Pod", name, namespace, labels=labels, metadata=metadata,
                body={"spec": spec}, status=status, **made)  # fmt: skip


def healthy_pods(namespaces: list[str], count: int) -> Iterator[Made]:
    """Pods that are well, a few of them done with their work, spread over namespaces and nodes."""
    for number in range(count):
        node = FULL if number < ROOM - 1 else HEALTHY[number % len(HEALTHY)]
        where = {"namespace": namespaces[number % len(namespaces)], "node": node}
        if number % 17 == 5:
            done = container(ready=False, **ended("Completed", 0))
            yield pod(f"backup-{number}", status=status("Succeeded", done, ready=False), owner="Job", **where)
        else:
            yield pod(f"app-{number}", status=status("Running", container(restarts=number % 4)), **where)


def status(
    phase: str,
    *containers: dict[str, Any],
    ready: bool = True,
    since: dt.timedelta = HOURS,
    scheduled: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A pod's status; ``since`` is how long it has been ready, or not."""
    word, reason = ("True", "") if ready else ("False", "ContainersNotReady")
    running = scheduled is None
    return {
        "phase": phase,
        "conditions": [
            condition("Initialized", since=OLD),
            condition("Ready", word, reason, since=since),
            condition("ContainersReady", word, reason, since=since),
            scheduled or condition("PodScheduled", "True", "", since=OLD),
        ],
        "qosClass": "Burstable",
        **({"startTime": ago(OLD), "hostIP": "192.168.1.20", "podIP": "10.244.0.7"} if running else {}),
        "containerStatuses": list(containers),
        **more,
    }


def container(name: str = "app", restarts: int = 0, *, ready: bool = True, **state: Any) -> dict[str, Any]:
    """A container's status; it runs unless ``state`` says something else."""
    return {
        "name": name,
        "ready": ready,
        "started": ready,
        "restartCount": restarts,
        "image": f"registry.invalid/apps/{name}:1.4.2",
        "imageID": f"registry.invalid/apps/{name}@sha256:{'0' * 64}",
        "containerID": f"containerd://{'0' * 64}",
        "state": {"running": {"startedAt": ago(HOURS)}},
        **state,
    }


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"ready": False, "state": {"waiting": {"reason": reason, "message": message}}}


def ended(reason: str, code: int, *, when: dt.timedelta = HOURS, last: bool = False) -> dict[str, Any]:
    """The state, or with ``last`` the state before this one, of a container that has ended."""
    terminated = {
        "reason": reason,
        "exitCode": code,
        "startedAt": f"{NOW - when - dt.timedelta(minutes=1):%FT%TZ}",
        "finishedAt": ago(when),
        "containerID": f"containerd://{'0' * 64}",
    }
    return {"lastState" if last else "state": {"terminated": terminated}}


def _container(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "image": f"registry.invalid/apps/{name}:1.4.2",
        "imagePullPolicy": "IfNotPresent",
        "args": ["serve", "--listen=:8080", "--config=/config/config.yaml"],
        "ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}],
        "env": [
            {"name": "TZ", "value": "Europe/Amsterdam"},
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": f"{name}-database", "key": "url"}}},
        ],
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "512Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [
            {"name": "config", "mountPath": "/config", "readOnly": True},
            {"name": "data", "mountPath": "/data"},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }
