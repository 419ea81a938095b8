"""How a pod's own status changes: a container that restarts, one that is well again, a node that is silent."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def condition(item: Object, type_: str) -> str:
    """``True``, ``False``, ``Unknown``; empty where there is no such condition."""
    return next((one["status"] for one in item["status"].get("conditions", ()) if one["type"] == type_), "")


def counts_as_ready(pod: Object) -> bool:
    """Whether its controller counts a pod as ready."""
    return "deletionTimestamp" not in pod["metadata"] and condition(pod, "Ready") == "True"


def set_ready(pod: Object, now: str, *, ready: bool, reason: str = "", message: str = "") -> None:
    """Set Ready and ContainersReady."""
    for one in pod["status"]["conditions"]:
        if one["type"] in {"Ready", "ContainersReady"}:
            for name, value in (("reason", reason), ("message", message)):
                if value:
                    one[name] = value
                else:
                    one.pop(name, None)
            one |= {"status": "True" if ready else "False", "lastTransitionTime": now}


def crash(pod: Object, now: str, exit_code: int = 1) -> None:
    """The first container ends and waits to be started again."""
    first = pod["status"]["containerStatuses"][0]
    started = first["state"].get("running", {}).get("startedAt", now)
    ended = {"exitCode": exit_code, "reason": "Error", "startedAt": started, "finishedAt": now}
    ended["containerID"] = first.get("containerID", "")
    meta = pod["metadata"]
    waiting = {
        "reason": "CrashLoopBackOff",
        "message": f"back-off 10s restarting failed container={first['name']} "
        f"pod={meta['name']}_{meta['namespace']}({meta['uid']})",
    }
    first |= {
        "state": {"waiting": waiting},
        "lastState": {"terminated": ended},
        "restartCount": first["restartCount"] + 1,
        "ready": False,
        "started": False,
    }
    _unready(pod, now)


def run(pod: Object, now: str) -> None:
    """Every container runs and is ready."""
    for container in pod["status"]["containerStatuses"]:
        if "running" not in container["state"] or not container["ready"]:
            container |= {"state": {"running": {"startedAt": now}}, "ready": True, "started": True}
    pod["status"]["phase"] = "Running"
    set_ready(pod, now, ready=True)


def reborn(pod: Object, name: str, uid: str, node: Object | None, now: str) -> Object:
    """A new pod of the same template, which is being started. ``node`` moves it: its name and address."""
    metadata = {**pod["metadata"], "name": name, "uid": uid, "creationTimestamp": now}
    for gone in ("deletionTimestamp", "deletionGracePeriodSeconds"):
        metadata.pop(gone, None)
    fresh = {**pod, "metadata": metadata, "spec": dict(pod["spec"]), "status": dict(pod["status"])}
    for gone in ("reason", "message"):
        fresh["status"].pop(gone, None)
    fresh["status"] |= {"phase": "Pending", "startTime": now}
    fresh["status"]["conditions"] = [{**one, "lastTransitionTime": now} for one in pod["status"]["conditions"]]
    fresh["status"]["containerStatuses"] = [
        {
            **{key: value for key, value in one.items() if key != "containerID"},
            "state": {"waiting": {"reason": "ContainerCreating"}},
            "lastState": {},
            "restartCount": 0,
            "ready": False,
            "started": False,
        }
        for one in pod["status"]["containerStatuses"]
    ]
    if node is not None:
        fresh["spec"]["nodeName"] = node["name"]
        fresh["status"]["hostIP"] = node["address"]
        if "hostIPs" in fresh["status"]:
            fresh["status"]["hostIPs"] = [{"ip": node["address"]}]
    _unready(fresh, now)
    return fresh


def _unready(pod: Object, now: str) -> None:
    names = " ".join(one["name"] for one in pod["status"]["containerStatuses"] if not one["ready"])
    message = f"containers with unready status: [{names}]"
    set_ready(pod, now, ready=False, reason="ContainersNotReady", message=message)
