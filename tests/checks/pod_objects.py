"""Pods in every state, as a kubelet reports them."""

from __future__ import annotations

from typing import Any

from tests.checks.judging import DAY, HOUR, Object, ago, condition, meta

RUNNING = {"running": {"startedAt": ago(HOUR)}}


def container(name: str = "app", state: Object | None = None, **more: Any) -> Object:
    """A container's status: running and ready unless told otherwise."""
    filled = {
        "name": name,
        "state": RUNNING if state is None else state,
        "lastState": {},
        "ready": state is None,
        "restartCount": 0,
        "image": "ghcr.io/home/app:1",
        "imageID": "ghcr.io/home/app@sha256:0",
        "started": True,
    }
    return filled | more


def waiting(reason: str, message: str = "") -> Object:
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def terminated(code: int, reason: str = "Error", age: float = 180.0) -> Object:
    return {"terminated": {"exitCode": code, "reason": reason, "startedAt": ago(age + 9), "finishedAt": ago(age)}}


def pod(
    name: str = "app-7d9f-x",
    *containers: Object,
    age: float = 30 * DAY,
    phase: str = "Running",
    ready: bool | None = None,
    ready_age: float = HOUR,
    owner: str = "ReplicaSet",
    node: str = "worker-1",
    inits: tuple[Object, ...] = (),
    sidecars: tuple[str, ...] = (),
    deleted: float | None = None,
    scheduled: Object | None = None,
    status: Object | None = None,
    **more: Any,
) -> Object:
    """A pod, running and ready unless told otherwise. ``inits`` are statuses, ``sidecars`` those that always run."""
    listed = containers or (container(),)
    is_ready = all(one["ready"] for one in listed) if ready is None else ready
    conditions = [
        condition("Initialized", "True", age=age),
        condition(
            "Ready", "True" if is_ready else "False", age=ready_age, reason="" if is_ready else "ContainersNotReady"
        ),
        scheduled or condition("PodScheduled", "True", age=age),
    ]
    metadata = meta(name, age=age, labels={"app": "app"}, **more)
    if owner:
        metadata["ownerReferences"] = [
            {"apiVersion": "apps/v1", "kind": owner, "name": "app-7d9f", "uid": "1", "controller": True}
        ]
    if deleted is not None:
        metadata |= {"deletionTimestamp": ago(deleted), "deletionGracePeriodSeconds": 30}
    spec: Object = {"containers": [{"name": one["name"], "image": one["image"]} for one in listed]}
    if inits:
        always = {name: {"restartPolicy": "Always"} for name in sidecars}
        spec["initContainers"] = [{"name": one["name"], **always.get(one["name"], {})} for one in inits]
    if node:
        spec["nodeName"] = node
    filled = {
        "phase": phase,
        "conditions": conditions,
        "startTime": ago(age),
        "containerStatuses": list(listed),
        **({"initContainerStatuses": list(inits)} if inits else {}),
        **(status or {}),
    }
    return {"metadata": metadata, "spec": spec, "status": filled}
