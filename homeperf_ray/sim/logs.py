"""Logs: what the kubelet hands out for a container, told from the pod's status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from homeperf_ray.sim.lists import signed
from homeperf_ray.sim.routes import flag
from homeperf_ray.sim.statuses import ApiError, bad_request

Object = dict[str, Any]

_ENDINGS: dict[str, tuple[str, ...]] = {
    "Error": (
        'level=info msg="configuration loaded" file=/etc/{app}/config.yaml',
        'level=info msg="opening the database" dsn=postgres://{app}:{digest}@postgres.databases:5432/{app}',
        'level=error msg="database is not reachable" try=5 error="dial tcp 10.43.0.17:5432: connection refused"',
        "panic: giving up after 5 attempts",
        "exit status 1",
    ),
    "OOMKilled": (
        'level=info msg="indexing the library" items=184213',
        'level=warn msg="garbage collection is taking long" heap=498MiB limit=512MiB',
    ),
    "running": (
        'level=info msg="listening" address=0.0.0.0:8080',
        'level=warn msg="health check failed" check=ready error="upstream answered 503"',
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Which log, and how much of it: None is all. ``timestamps`` puts the time before each line."""

    container: str
    previous: bool
    tail: int | None
    bytes: int | None
    timestamps: bool

    @classmethod
    def read(cls, query: Mapping[str, str], pod: str) -> Self:
        """Read PodLogOptions. Raises ApiError 400 for what is no number, 422 for one that is too small."""
        tail, size = signed(query, "tailLines"), signed(query, "limitBytes")
        if tail is not None and tail < 0:
            raise _too_small(pod, "tailLines", tail, "greater than or equal to 0")
        if size is not None and size < 1:
            raise _too_small(pod, "limitBytes", size, "greater than 0")
        return cls(query.get("container", ""), flag(query, "previous"), tail, size, flag(query, "timestamps"))


def _too_small(pod: str, field: str, value: int, rule: str) -> ApiError:
    text = f"Invalid value: {value}: must be {rule}"
    causes = [{"reason": "FieldValueInvalid", "message": text, "field": field}]
    details = {"name": pod, "kind": "PodLogOptions", "causes": causes}
    return ApiError(422, f'PodLogOptions "{pod}" is invalid: {field}: {text}', details=details)


def read(pod: Object, asked: Asked) -> bytes:
    """The log that is asked for, empty before a pod is scheduled.

    Raises ApiError 400 where the kubelet would: no such run, no such container.
    """
    name, status, digest = _container(pod, asked.container)
    if not pod["spec"].get("nodeName"):
        return b""
    run, began = _run(pod, name, status, previous=asked.previous)
    lines = [line.format(app=name, digest=digest) for line in _ENDINGS.get(run, _ENDINGS["Error"])]
    if asked.timestamps:
        lines = [f"{began.removesuffix('Z')}.{position:09}Z {line}" for position, line in enumerate(lines)]
    if asked.tail is not None:
        lines = lines[-asked.tail :] if asked.tail else []
    return "".join(f"{line}\n" for line in lines).encode()[: asked.bytes]


def _container(pod: Object, wanted: str) -> tuple[str, Object, str]:
    spec, status, pod_name = pod["spec"], pod.get("status", {}), pod["metadata"]["name"]
    containers = [container["name"] for container in spec["containers"]]
    every = [*containers, *(container["name"] for container in spec.get("initContainers", ()))]
    if not wanted and len(containers) > 1:
        raise bad_request(
            f"a container name must be specified for pod {pod_name}, choose one of: [{' '.join(containers)}]"
        )
    name = wanted or containers[0]
    if name not in every:
        raise bad_request(f"container {name} is not valid for pod {pod_name}")
    told: Sequence[Object] = [*status.get("containerStatuses", ()), *status.get("initContainerStatuses", ())]
    mine = next((one for one in told if one["name"] == name), {})
    return name, mine, pod["metadata"]["uid"].replace("-", "")[:16]


def _run(pod: Object, name: str, status: Object, *, previous: bool) -> tuple[str, str]:
    """How the run ended whose log is asked for, ``running`` where it has not, and when it began."""
    pod_name = pod["metadata"]["name"]
    last = status.get("lastState", {}).get("terminated")
    if previous:
        if last is None:
            raise bad_request(f'previous terminated container "{name}" in pod "{pod_name}" not found')
        return str(last.get("reason", "Error")), _began(last)
    state = status.get("state", {})
    if "running" in state:
        return "running", _began(state["running"])
    ended = state.get("terminated") or last
    if ended is None:
        reason = state.get("waiting", {}).get("reason", "ContainerCreating")
        raise bad_request(f'container "{name}" in pod "{pod_name}" is waiting to start: {reason}')
    return str(ended.get("reason", "Error")), _began(ended)


def _began(run: Object) -> str:
    return str(run.get("startedAt", "1970-01-01T00:00:00Z"))
