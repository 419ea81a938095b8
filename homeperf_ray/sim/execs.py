"""Exec: which command in which container a request asks for, and the frames that are sent for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from multidict import MultiMapping

from homeperf_ray.sim.ran import Ran
from homeperf_ray.sim.routes import Route
from homeperf_ray.sim.statuses import bad_request, forbidden
from homeperf_ray.sim.users import User

Object = dict[str, Any]

STDOUT, STDERR, ERROR = 1, 2, 3
"""Channels: the first byte of each frame."""

PIECE = 32 * 1024
"""Bytes of a frame."""

_WRITES = 35
"""From this minor version on whoever upgrades must be allowed to ``create pods/exec``, beside ``get`` for the GET."""

_V5 = 30
"""The first minor version that speaks ``v5.channel.k8s.io``."""


@dataclass(frozen=True)
class Exec:
    """A command for a container of a pod, and which of its outputs are wanted."""

    pod: Object
    container: str
    command: tuple[str, ...]
    output: bool
    error: bool


class NotRunningError(Exception):
    """What the kubelet says, in plain text and with the status 500, of a container in which nothing can be run."""


def protocols(minor: int) -> tuple[str, ...]:
    """Subprotocols that a server of this version speaks, and that are spoken here."""
    return ("v5.channel.k8s.io", "v4.channel.k8s.io") if minor >= _V5 else ("v4.channel.k8s.io",)


def authorize(user: User, route: Route, minor: int) -> None:
    """What is checked beyond the verb of the request itself. Raises ApiError 403."""
    if minor >= _WRITES and not user.may("create", "", "pods/exec", route.namespace):
        raise forbidden(user.name, "create", "", "pods/exec", route.namespace, route.name)


def read(pod: Object, query: MultiMapping[str]) -> Exec:
    """What is asked for. Raises ApiError 400 for what a server refuses before it upgrades, and NotRunningError."""
    spec, name = pod["spec"], pod["metadata"]["name"]
    if not spec.get("nodeName"):
        raise bad_request(f"pod {name} does not have a host assigned")
    containers = [one["name"] for one in spec["containers"]]
    wanted = query.get("container", "")
    if not wanted and len(containers) > 1:
        raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{' '.join(containers)}]")
    initial = [one["name"] for one in spec.get("initContainers", ())]
    if wanted and wanted not in containers and wanted not in initial:
        raise bad_request(f"container {wanted} is not valid for pod {name}")
    output, error = _wanted(query, "stdout"), _wanted(query, "stderr")
    if not (output or error or _wanted(query, "stdin")):
        raise bad_request("you must specify at least 1 of stdin, stdout, stderr")
    command = tuple(query.getall("command", []))
    if not command:
        raise bad_request("you must specify at least 1 command for the pod")
    container = wanted or containers[0]
    _running(pod, container)
    return Exec(pod, container, command, output, error)


def frames(ran: Ran, asked: Exec) -> Iterator[bytes]:
    """Everything that is sent: an empty frame first, as a kubelet does, the outputs in pieces, the Status."""
    yield bytes([STDOUT])
    for channel, text, wanted in ((STDOUT, ran.output, asked.output), (STDERR, ran.error, asked.error)):
        if wanted:
            yield from (bytes([channel]) + piece for piece in _pieces(text.encode("utf-8", "surrogateescape")))
    yield bytes([ERROR]) + ran.status()


def _pieces(body: bytes) -> Iterator[bytes]:
    return (body[start : start + PIECE] for start in range(0, len(body), PIECE))


def _wanted(query: MultiMapping[str], name: str) -> bool:
    return query.get(name, "").lower() in {"1", "true"}


def _running(pod: Object, container: str) -> None:
    """What the kubelet says of a container that does not run."""
    statuses: Sequence[Object] = pod.get("status", {}).get("containerStatuses", ())
    mine = next((one for one in statuses if one["name"] == container), {})
    if "running" not in mine.get("state", {}):
        raise NotRunningError(f'container not found ("{container}")')
