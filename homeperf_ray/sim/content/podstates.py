"""What a pod's status says when it is well, and in each of the ways in which it can be sick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from homeperf_ray.sim.content.templates import Container, Template
from homeperf_ray.sim.content.world import DAY, HOUR, MINUTE, Object, World


@dataclass(frozen=True)
class Place:
    """Where a pod is, and who it is. ``age`` is in seconds; ``lost`` says that its node does not answer."""

    namespace: str
    name: str
    uid: str
    node: str
    node_address: str
    address: str
    age: float
    lost: bool = False


@dataclass(frozen=True)
class State:
    """The status of a pod; whether it counts as ready; and whether it has a node."""

    status: Object
    ready: bool
    scheduled: bool = True
    terminating: float = 0.0
    """Seconds since its deletion was asked for, 0 for a pod that nobody deletes."""


AGES: dict[str, tuple[float, float]] = {
    "crash-loop": (1 * DAY, 6 * DAY),
    "image-pull-back-off": (2 * HOUR, 3 * DAY),
    "err-image-pull": (1 * MINUTE, 4 * MINUTE),
    "config-error": (1 * HOUR, 2 * DAY),
    "unschedulable": (30 * MINUTE, 2 * DAY),
    "oom-killed": (4 * DAY, 6 * DAY),
    "not-ready": (3 * HOUR, 3 * DAY),
    "init-failing": (2 * HOUR, 1 * DAY),
    "restarts-steady": (3 * DAY, 6 * DAY),
    "restarts-young": (5 * HOUR, 20 * HOUR),
    "restarts-old": (10 * DAY, 40 * DAY),
    "evicted": (1 * DAY, 5 * DAY),
    "terminating": (8 * DAY, 60 * DAY),
    "unknown": (9 * DAY, 30 * DAY),
}
"""The ages in seconds between which a pod with each sickness is."""

LOST_SECONDS = 42 * MINUTE
"""Since when the node that does not answer is silent."""


def healthy(world: World, template: Template, place: Place, restarts: int = 0) -> State:
    """Running and ready, but for a pod on a node that does not answer."""
    since = place.age - 20
    containers = [
        _status(world, one, _running(world, since), ready=True, restarts=restarts) for one in template.containers
    ]
    if restarts:
        ended = min(since, world.rng.uniform(2 * DAY, 6 * DAY))
        last = _terminated(world, ended, 1, "Error")
        containers[0] |= {"state": _running(world, ended - 5), "lastState": last}
    ready = not place.lost
    changed = LOST_SECONDS - 5 * MINUTE if place.lost else since
    conditions = _conditions(world, place, ready=ready, contained=True, changed=changed)
    return State(_assemble(world, template, place, "Running", conditions, containers), ready)


def sick(world: World, template: Template, place: Place, sickness: str) -> State:
    """The state of a pod with one of ``plan.SICKNESSES``."""
    return _SICK[sickness](world, template, place)


def ended(world: World, template: Template, place: Place, *, failed: bool) -> State:
    """A pod of a job that is over."""
    end = place.age - 40
    exit_code, reason = (1, "Error") if failed else (0, "Completed")
    over = {**_terminated(world, end, exit_code, reason)}
    containers = [_status(world, one, over, ready=False) for one in template.containers]
    reason = "PodFailed" if failed else "PodCompleted"
    conditions = _conditions(world, place, ready=False, contained=False, changed=end, reason=reason)
    phase = "Failed" if failed else "Succeeded"
    return State(_assemble(world, template, place, phase, conditions, containers), ready=False)


def _crash_loop(world: World, template: Template, place: Place) -> State:
    restarts = int(place.age / (6 * MINUTE))
    waiting = _waiting(
        "CrashLoopBackOff",
        f"back-off 5m0s restarting failed container={template.containers[0].name} "
        f"pod={place.name}_{place.namespace}({place.uid})",
    )
    return _broken(world, template, place, waiting, restarts=restarts, last=_terminated(world, 3 * MINUTE, 1, "Error"))


def _image_pull_back_off(world: World, template: Template, place: Place) -> State:
    image = template.containers[0].image
    waiting = _waiting("ImagePullBackOff", f'Back-off pulling image "{image}"')
    return _broken(world, template, place, waiting, phase="Pending")


def _err_image_pull(world: World, template: Template, place: Place) -> State:
    image = template.containers[0].image
    message = (
        f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": '
        "unexpected status from HEAD request: 401 Unauthorized"
    )
    return _broken(world, template, place, _waiting("ErrImagePull", message), phase="Pending")


def _config_error(world: World, template: Template, place: Place) -> State:
    message = f'secret "{template.containers[0].name}-credentials" not found'
    return _broken(world, template, place, _waiting("CreateContainerConfigError", message), phase="Pending")


def _unschedulable(world: World, _template: Template, place: Place) -> State:
    nodes = world.options.nodes
    message = (
        f"0/{nodes} nodes are available: {nodes} Insufficient memory. "
        f"preemption: 0/{nodes} nodes are available: {nodes} No preemption victims found for incoming pod."
    )
    condition = world.condition("PodScheduled", False, "Unschedulable", message, place.age)
    condition["lastProbeTime"] = None
    status: Object = {"phase": "Pending", "conditions": [condition], "qosClass": "Burstable"}
    return State(status, ready=False, scheduled=False)


def _oom_killed(world: World, template: Template, place: Place) -> State:
    restarts = max(4, int(place.age / DAY * 2))
    containers = [_status(world, one, _running(world, place.age), ready=True) for one in template.containers]
    containers[0] |= {
        "restartCount": restarts,
        "state": _running(world, 50 * MINUTE),
        "lastState": _terminated(world, 51 * MINUTE, 137, "OOMKilled"),
    }
    conditions = _conditions(world, place, ready=True, contained=True, changed=50 * MINUTE)
    return State(_assemble(world, template, place, "Running", conditions, containers), ready=True)


def _not_ready(world: World, template: Template, place: Place) -> State:
    running = _running(world, place.age - 20)
    containers = [_status(world, one, running, ready=position > 0) for position, one in enumerate(template.containers)]
    conditions = _conditions(
        world, place, ready=False, contained=False, changed=2 * HOUR, unready=template.containers[0].name
    )
    return State(_assemble(world, template, place, "Running", conditions, containers), ready=False)


def _init_failing(world: World, template: Template, place: Place) -> State:
    first = template.init_containers[0]
    message = f"back-off 5m0s restarting failed container={first.name} pod={place.name}_{place.namespace}({place.uid})"
    restarts = int(place.age / (6 * MINUTE))
    failing = _status(world, first, _waiting("CrashLoopBackOff", message), ready=False, restarts=restarts)
    failing["lastState"] = _terminated(world, 2 * MINUTE, 1, "Error")
    waiting = _waiting("PodInitializing", "")
    containers = [_status(world, one, waiting, ready=False) for one in template.containers]
    conditions = _conditions(
        world, place, ready=False, contained=False, changed=place.age, unready=template.containers[0].name, begun=False
    )
    status = _assemble(world, template, place, "Pending", conditions, containers)
    status["initContainerStatuses"] = [failing]
    return State(status, ready=False)


def _restarting(per_day: float, least: int) -> Callable[[World, Template, Place], State]:
    def state(world: World, template: Template, place: Place) -> State:
        restarts = max(least, int(place.age / DAY * per_day))
        last = world.rng.uniform(10 * MINUTE, 2 * HOUR)
        containers = [_status(world, one, _running(world, place.age), ready=True) for one in template.containers]
        containers[0] |= {
            "restartCount": restarts,
            "state": _running(world, last),
            "lastState": _terminated(world, last + 3, 1, "Error"),
        }
        conditions = _conditions(world, place, ready=True, contained=True, changed=last)
        return State(_assemble(world, template, place, "Running", conditions, containers), ready=True)

    return state


def _evicted(world: World, template: Template, place: Place) -> State:
    end = place.age - 10 * MINUTE
    status: Object = {
        "phase": "Failed",
        "conditions": _conditions(world, place, ready=False, contained=False, changed=end, reason="PodFailed"),
        "message": "The node was low on resource: ephemeral-storage. Threshold quantity: 9663676416, available: "
        f"9120044Ki. Container {template.containers[0].name} was using 11532408Ki, request is 0, has larger "
        "consumption of ephemeral-storage. ",
        "reason": "Evicted",
        "startTime": world.stamp(place.age),
        "qosClass": "Burstable",
    }
    return State(status, ready=False)


def _terminating(world: World, template: Template, place: Place) -> State:
    state = healthy(world, template, place)
    return State(state.status, ready=False, terminating=37 * MINUTE if place.lost else 3 * HOUR)


def _unknown(world: World, template: Template, place: Place) -> State:
    state = healthy(world, template, place)
    message = f"Node {place.node} which was running pod {place.name} is unresponsive"
    state.status.update({"phase": "Unknown", "message": message})
    for condition in state.status["conditions"]:
        if condition["type"] in {"Ready", "ContainersReady"}:
            condition |= {"status": "Unknown", "lastTransitionTime": world.stamp(LOST_SECONDS)}
    return State(state.status, ready=False)


_SICK: dict[str, Callable[[World, Template, Place], State]] = {
    "crash-loop": _crash_loop,
    "image-pull-back-off": _image_pull_back_off,
    "err-image-pull": _err_image_pull,
    "config-error": _config_error,
    "unschedulable": _unschedulable,
    "oom-killed": _oom_killed,
    "not-ready": _not_ready,
    "init-failing": _init_failing,
    "restarts-steady": _restarting(9.0, 27),
    "restarts-young": _restarting(0.0, 5),
    "restarts-old": _restarting(2.2, 22),
    "evicted": _evicted,
    "terminating": _terminating,
    "unknown": _unknown,
}


def _broken(
    world: World,
    template: Template,
    place: Place,
    waiting: Object,
    *,
    phase: str = "Running",
    restarts: int = 0,
    last: Object | None = None,
) -> State:
    """The first container waits, the others run."""
    running = _running(world, place.age - 20)
    containers = [_status(world, one, running, ready=True) for one in template.containers]
    containers[0] = _status(world, template.containers[0], waiting, ready=False, restarts=restarts)
    containers[0]["lastState"] = last or {}
    conditions = _conditions(
        world, place, ready=False, contained=False, changed=place.age - 20, unready=template.containers[0].name
    )
    return State(_assemble(world, template, place, phase, conditions, containers), ready=False)


def _running(world: World, since: float) -> Object:
    return {"running": {"startedAt": world.stamp(max(1.0, since))}}


def _waiting(reason: str, message: str) -> Object:
    return {"waiting": {"reason": reason, **({"message": message} if message else {})}}


def _terminated(world: World, age: float, exit_code: int, reason: str) -> Object:
    return {
        "terminated": {
            "exitCode": exit_code,
            "reason": reason,
            "startedAt": world.stamp(age + 12),
            "finishedAt": world.stamp(age),
            "containerID": f"containerd://{world.digest()}",
        }
    }


def _status(world: World, container: Container, state: Object, *, ready: bool, restarts: int = 0) -> Object:
    pulled = "waiting" not in state or restarts > 0
    return {
        "name": container.name,
        "state": state,
        "lastState": {},
        "ready": ready,
        "restartCount": restarts,
        "image": container.image,
        "imageID": container.image_id if pulled else "",
        **({"containerID": f"containerd://{world.digest()}"} if pulled else {}),
        "started": "running" in state,
    }


def _conditions(
    world: World,
    place: Place,
    *,
    ready: bool,
    contained: bool,
    changed: float,
    unready: str = "",
    begun: bool = True,
    reason: str = "",
) -> list[Object]:
    """The conditions of a scheduled pod. ``contained`` is ContainersReady, ``begun`` Initialized."""
    why = reason or ("ContainersNotReady" if unready else "")
    message = f"containers with unready status: [{unready}]" if unready else ""
    start = place.age - 3
    uninitialized = "containers with incomplete status: [init]"
    listed = [
        world.condition("Initialized", begun, "" if begun else "ContainersNotInitialized", age=start)
        | ({} if begun else {"message": uninitialized}),
        world.condition("Ready", ready, why, message, changed),
        world.condition("ContainersReady", contained, why, message, changed),
        world.condition("PodScheduled", True, age=place.age),
    ]
    if world.minor >= 29:
        listed.insert(0, world.condition("PodReadyToStartContainers", not reason, age=start))
    for condition in listed:
        condition["lastProbeTime"] = None
    return listed


def _assemble(
    world: World, template: Template, place: Place, phase: str, conditions: list[Object], containers: list[Object]
) -> Object:
    begun = [
        _status(world, one, _terminated(world, place.age - 10, 0, "Completed"), ready=True)
        for one in template.init_containers
    ]
    return {
        "phase": phase,
        "conditions": conditions,
        "hostIP": place.node_address,
        **({"hostIPs": [{"ip": place.node_address}]} if world.minor >= 29 else {}),
        "podIP": place.address,
        "podIPs": [{"ip": place.address}],
        "startTime": world.stamp(place.age),
        **({"initContainerStatuses": begun} if begun else {}),
        "containerStatuses": containers,
        "qosClass": "Burstable",
    }
