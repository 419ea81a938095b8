"""What the containers of a pod say together: restarts, the sickest of them, the last out-of-memory kill."""

from __future__ import annotations

from typing import Any

from homeperf_ray.kube.columns.kind import COUNT, FLAG, TEXT, TIME, WORD, Field, brief
from homeperf_ray.kube.models.pod import ContainerState, ContainerStatus, PodSpec, PodStatus, Terminated, Waiting

HARMLESS_WAITS = frozenset({"ContainerCreating", "PodInitializing", None})
OUT_OF_MEMORY = "OOMKilled"

CONTAINER_FIELDS: tuple[Field, ...] = (
    ("restarts", COUNT),
    ("container", WORD),
    ("init", FLAG),
    ("waiting_reason", WORD),
    ("waiting_message", TEXT),
    ("ended_reason", WORD),
    ("ended_code", COUNT),
    ("ended_at", TIME),
    ("oom_container", WORD),
    ("oom_at", TIME),
)
"""All but the restarts and the kill are about the sickest container; null where none is sick."""

_WELL = (None, False, None, None, None, None, None, None, None)
_NO_STATE = ContainerState()
_NO_WAIT = Waiting()
_NO_END = Terminated()


def containers_row(spec: PodSpec | None, status: PodStatus) -> tuple[Any, ...]:
    """The values of ``CONTAINER_FIELDS``. Restarts are those of containers and sidecars."""
    plain, inits = status.container_statuses or (), status.init_container_statuses or ()
    sidecars: set[str | None] = set()
    if inits:
        listed = spec.init_containers if spec else None
        sidecars = {container.name for container in listed or () if container.restart_policy == "Always"}
    restarts, sick = 0, False
    for container in plain:
        restarts += container.restart_count or 0
        sick = sick or not _is_well(container)
    for container in inits:
        if container.name in sidecars:
            restarts += container.restart_count or 0
            sick = sick or not _is_well(container)
        else:
            ended = container.state.terminated if container.state else None
            sick = sick or ended is None or bool(ended.exit_code)
    if not sick:
        return (restarts, *_WELL)
    chosen = [(container, container.name not in sidecars) for container in inits]
    chosen += [(container, False) for container in plain]
    return (restarts, *_sickest(chosen), *_last_kill(chosen))


def _is_well(container: ContainerStatus) -> bool:
    """Whether there is nothing at all to say: it is ready and has never ended."""
    state, last = container.state, container.last_state
    return bool(container.ready) and not (state and state.waiting) and not (last and last.terminated)


def _sickest(containers: list[tuple[ContainerStatus, bool]]) -> tuple[Any, ...]:
    """Of containers, each with whether it is an init container, the first of those that are sickest."""
    rank, found, init = max(
        ((_rank(container, init=init), container, init) for container, init in containers),
        key=lambda ranked: ranked[0],
        default=(0, None, False),
    )
    if not rank or found is None:
        return (None, False, None, None, None, None, None)
    state, last = found.state or _NO_STATE, found.last_state or _NO_STATE
    waiting = state.waiting or _NO_WAIT
    ended = _failure(state.terminated) or last.terminated or _NO_END
    return (found.name, init, waiting.reason, brief(waiting.message), ended.reason, ended.exit_code, ended.finished_at)


def _rank(container: ContainerStatus, *, init: bool) -> int:
    """How sick: waits for something bad, ended with an error, waits, is not ready; 0 for one that is well."""
    state = container.state or _NO_STATE
    if state.waiting:
        return 2 if state.waiting.reason in HARMLESS_WAITS else 4
    if state.terminated:
        if state.terminated.exit_code:
            return 3
        return 0 if init else 1
    return 0 if container.ready else 1


def _failure(ended: Terminated | None) -> Terminated | None:
    return ended if ended and ended.exit_code else None


def _last_kill(containers: list[tuple[ContainerStatus, bool]]) -> tuple[str | None, str | None]:
    name, when = None, None
    for container, _ in containers:
        for state in (container.state, container.last_state):
            ended = state.terminated if state else None
            if ended and ended.reason == OUT_OF_MEMORY and (when is None or (ended.finished_at or "") > when):
                name, when = container.name, ended.finished_at
    return name, when
