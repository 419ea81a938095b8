"""Logs: what the kubelet hands out for a container, told from the pod's status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from homeperf_ray.sim.statuses import bad_request

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


def read(pod: Object, query: Mapping[str, str]) -> bytes:
    """The log that ``query`` asks for. Raises ApiError 400 where the kubelet would: no such run, no such container."""
    name, status, digest = _container(pod, query.get("container", ""))
    run = _run(pod, name, status, previous=query.get("previous") in {"true", "1"})
    lines = [line.format(app=name, digest=digest) for line in _ENDINGS.get(run, _ENDINGS["Error"])]
    if "tailLines" in query:
        count = _number(query["tailLines"])
        lines = lines[-count:] if count else []
    text = "".join(f"{line}\n" for line in lines).encode()
    return text[: _number(query["limitBytes"])] if "limitBytes" in query else text


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


def _run(pod: Object, name: str, status: Object, *, previous: bool) -> str:
    """How the run ended whose log is asked for; ``running`` where it has not."""
    pod_name = pod["metadata"]["name"]
    last = status.get("lastState", {}).get("terminated")
    if previous:
        if last is None:
            raise bad_request(f'previous terminated container "{name}" in pod "{pod_name}" not found')
        return str(last.get("reason", "Error"))
    state = status.get("state", {})
    if "running" in state:
        return "running"
    ended = state.get("terminated") or last
    if ended is None:
        reason = state.get("waiting", {}).get("reason", "ContainerCreating")
        raise bad_request(f'container "{name}" in pod "{pod_name}" is waiting to start: {reason}')
    return str(ended.get("reason", "Error"))


def _number(text: str) -> int:
    if not text.isdecimal():
        raise bad_request(f"{text!r} is not a number of lines or bytes")
    return int(text)
