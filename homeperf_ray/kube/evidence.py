"""Evidence of what ails one object: its warning events, and what its container logged last."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import msgspec

from homeperf_ray.kube.connection import TEXT, Answer, Connection
from homeperf_ray.kube.errors import BadAnswer, KubeError
from homeperf_ray.kube.models.meta import Model, ObjectList, Time
from homeperf_ray.timings.operation import Operation

LOG_LINES = 5
"""How many of the last lines of a log are read."""

MAX_LOG_BYTES = 65_536
"""Bytes of those lines. The server cuts at their end, where the telling one is: the bound is for what goes astray."""

MAX_EVENTS = 100
"""Events of one object that are read; the API gives them in no order of time."""


class Event(msgspec.Struct, frozen=True):
    """One warning: how often it came, and when last."""

    reason: str
    message: str
    count: int
    last: datetime | None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """``events`` newest first and ``log`` in its order, what could be read of them; ``errors`` for the rest."""

    events: tuple[Event, ...] = ()
    log: tuple[str, ...] = ()
    errors: tuple[KubeError, ...] = ()
    operations: tuple[Operation, ...] = ()


async def read_events(
    connection: Connection, kind: str, namespace: str, name: str, *, deadline: float | None = None
) -> Evidence:
    """The warnings about one object; those of objects without a namespace are kept in ``default``."""
    place = namespace or "default"
    chosen = {"involvedObject.kind": kind, "involvedObject.name": name, "type": "Warning"}
    query = {"fieldSelector": ",".join(f"{field}={value}" for field, value in chosen.items()), "limit": str(MAX_EVENTS)}
    answer = await connection.get(
        f"/api/v1/namespaces/{place}/events", query, operation=_operation("events", place), deadline=deadline
    )
    if answer.error is not None:
        return _failed(answer, answer.error)
    try:
        found = _decode(answer.body).items or []
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        error = BadAnswer(f"{connection.target}: the events of {kind} {name} could not be understood")
        return _failed(answer, error)
    events = sorted((event.told() for event in found), key=_recency, reverse=True)
    return Evidence(events=tuple(events), operations=(answer.operation,))


async def read_log(
    connection: Connection, namespace: str, name: str, container: str, *, deadline: float | None = None
) -> Evidence:
    """The last lines of a container: of its previous run where there was one, since that is the one that ended."""
    operations: list[Operation] = []
    for previous in (True, False):
        query = {"tailLines": str(LOG_LINES), "limitBytes": str(MAX_LOG_BYTES)}
        query |= {"container": container} if container else {}
        query |= {"previous": "true"} if previous else {}
        answer = await connection.get(
            f"/api/v1/namespaces/{namespace}/pods/{name}/log",
            query,
            operation=_operation("pods/log", namespace),
            accept=TEXT,
            deadline=deadline,
        )
        operations.append(answer.operation)
        if answer.error is None:
            lines = tuple(line for line in answer.body.decode("utf-8", "replace").splitlines() if line.strip())
            return Evidence(log=lines[-LOG_LINES:], operations=tuple(operations))
        if answer.operation.status != 400:
            break
    assert answer.error is not None
    errors = () if answer.operation.status == 400 else (answer.error.with_traceback(None),)
    return Evidence(errors=errors, operations=tuple(operations))


class _Series(Model):
    count: int | None = None
    last_observed_time: Time = None


class _Event(Model):
    reason: str | None = None
    message: str | None = None
    count: int | None = None
    last_timestamp: Time = None
    event_time: Time = None
    series: _Series | None = None

    def told(self) -> Event:
        """The event, whichever of the two event APIs wrote it."""
        series = self.series or _Series()
        last = _moment(series.last_observed_time) or _moment(self.last_timestamp) or _moment(self.event_time)
        return Event(self.reason or "", self.message or "", series.count or self.count or 1, last)


_decode = msgspec.json.Decoder(ObjectList[_Event]).decode


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _recency(event: Event) -> datetime:
    return event.last or datetime.min.replace(tzinfo=UTC)


def _operation(resource: str, namespace: str) -> Operation:
    return Operation(kind="detail", started=time.time(), resource=resource, namespace=namespace)


def _failed(answer: Answer, error: KubeError) -> Evidence:
    return Evidence(errors=(error.with_traceback(None),), operations=(answer.operation,))
