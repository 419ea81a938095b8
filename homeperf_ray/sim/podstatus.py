"""The STATUS and RESTARTS cells of a pod, which the API server works out from many fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from homeperf_ray.sim.ages import since


def status_cell(pod: dict[str, Any]) -> str:
    """``Running``, ``CrashLoopBackOff``, ``Init:Error``, ``Terminating`` ..."""
    status, spec = pod["status"], pod["spec"]
    reason = str(status.get("reason") or status.get("phase", ""))
    waiting = _init_reason(status, len(spec.get("initContainers", [])))
    if waiting is not None:
        reason = waiting
    else:
        running = False
        for container in reversed(status.get("containerStatuses", [])):
            state = container.get("state", {})
            if state.get("waiting", {}).get("reason"):
                reason = state["waiting"]["reason"]
            elif "terminated" in state:
                reason = _ended(state["terminated"])
            elif container.get("ready") and "running" in state:
                running = True
        if reason == "Completed" and running:
            reason = "Running" if _ready(status) else "NotReady"
    if pod["metadata"].get("deletionTimestamp"):
        reason = "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    return reason


def _ended(terminated: dict[str, Any]) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _init_reason(status: dict[str, Any], count: int) -> str | None:
    for position, container in enumerate(status.get("initContainerStatuses", [])):
        state = container.get("state", {})
        terminated = state.get("terminated")
        if terminated is not None and terminated.get("exitCode", 0) == 0:
            continue
        if terminated is not None:
            return f"Init:{_ended(terminated)}"
        waiting = state.get("waiting", {}).get("reason")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        return f"Init:{position}/{count}"
    return None


def _ready(status: dict[str, Any]) -> bool:
    return any(item["type"] == "Ready" and item["status"] == "True" for item in status.get("conditions", []))


def ready_cell(pod: dict[str, Any]) -> str:
    """``1/2``: ready containers of all."""
    ready = sum(1 for container in pod["status"].get("containerStatuses", []) if container.get("ready"))
    return f"{ready}/{len(pod['spec']['containers'])}"


def restarts_cell(pod: dict[str, Any], now: datetime) -> str:
    """``0``, or ``12 (5m ago)``."""
    status = pod["status"]
    initializing = _init_reason(status, 0) is not None
    containers = status.get("initContainerStatuses" if initializing else "containerStatuses", [])
    restarts = sum(container.get("restartCount", 0) for container in containers)
    ended = [
        container["lastState"]["terminated"]["finishedAt"]
        for container in containers
        if container.get("lastState", {}).get("terminated", {}).get("finishedAt")
    ]
    return f"{restarts} ({since(max(ended), now)} ago)" if restarts and ended else str(restarts)
