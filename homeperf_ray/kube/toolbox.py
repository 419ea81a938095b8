"""The toolbox: the pod in which Ceph's own commands are run, and what three of them say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from homeperf_ray.kube.ceph_report import CephReport, report_of
from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.errors import BadAnswer, Forbidden, KubeError, ServerError
from homeperf_ray.kube.execution import BAD_REQUEST, Executed, execute
from homeperf_ray.kube.lister import read_list
from homeperf_ray.kube.models.ceph import OsdDf, PgStat, Status
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import CORE, PODS
from homeperf_ray.kube.secret import quoted
from homeperf_ray.timings.operation import Operation

LABEL = "app=rook-ceph-tools"
"""The label that Rook gives its toolbox."""

CONTAINER = "rook-ceph-tools"
"""What Rook calls its container, beside which others may have been put."""

NAMESPACE = "rook-ceph"
"""Where it is looked for first, and by those who may not list the pods of the whole cluster."""

MAX_TOOLBOXES = 10
"""Clusters of one Kubernetes cluster that are asked."""

COMMANDS: tuple[tuple[str, ...], ...] = (("status",), ("osd", "df"), ("pg", "stat"))
"""All that is ever run, each with ``-f json``. None of them changes anything."""

MODELS: dict[tuple[str, ...], type[Any]] = dict(zip(COMMANDS, (Status, OsdDf, PgStat), strict=True))

_PODS = next(served for served in CORE if served.resource == PODS)
_INSTALL = "toolbox.enabled=true of the chart rook-ceph-cluster installs it"

T = TypeVar("T")


class Unasked(msgspec.Struct, frozen=True):
    """What could not be asked: of the toolbox ``pod``, empty where none could even be looked for."""

    namespace: str
    pod: str
    error: KubeError


class Toolboxes(msgspec.Struct, frozen=True, kw_only=True):
    """What every toolbox has said, what none could be asked, and notes for the reader."""

    reports: tuple[CephReport, ...] = ()
    unasked: tuple[Unasked, ...] = ()
    notes: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ()


async def read_toolboxes(
    connection: Connection, namespaces: Sequence[str] | None, *, deadline: float | None = None, at_once: bool = True
) -> Toolboxes:
    """Find the toolboxes, cluster-wide or in some namespaces, and ask each one that is ready.

    ``deadline`` is in ``time.monotonic()``; without ``at_once`` one thing is done after another.
    """
    found, unasked, operations = await _find(connection, namespaces, deadline)
    ready: dict[str, str] = {}
    for row in found:
        if row["ready"] and row["deleted"] is None:
            ready.setdefault(row["namespace"], row["name"])
    asked = sorted(ready.items(), key=lambda one: (one[0] != NAMESPACE, one))[:MAX_TOOLBOXES]
    notes = [*_notes(found, ready, namespaces), *_beyond(len(ready) - len(asked))]
    asking = [_ask(connection, namespace, pod, deadline, at_once=at_once) for namespace, pod in asked]
    told = await asyncio.gather(*asking) if at_once else [await one for one in asking]
    return Toolboxes(
        reports=tuple(report for one in told for report in one.reports),
        unasked=(*unasked, *(failure for one in told for failure in one.unasked)),
        notes=tuple(notes) if not unasked else (),
        operations=(*operations, *(operation for one in told for operation in one.operations)),
    )


async def _find(
    connection: Connection, namespaces: Sequence[str] | None, deadline: float | None
) -> tuple[list[dict[str, Any]], list[Unasked], list[Operation]]:
    """The toolboxes' pods as rows, what could not be listed, and what that took."""
    rows: list[dict[str, Any]] = []
    unasked: list[Unasked] = []
    operations: list[Operation] = []
    for namespace in namespaces or (None,):
        listed = await read_list(connection, Request(_PODS, namespace, LABEL), deadline=deadline)
        operations += listed.operations
        error = listed.error
        if namespace is None and isinstance(error, Forbidden):
            listed = await read_list(connection, Request(_PODS, NAMESPACE, LABEL), deadline=deadline)
            operations += listed.operations
        if listed.error is not None:
            assert error is not None
            unasked.append(Unasked(namespace or "", "", error))
        else:
            rows += listed.table.select(["namespace", "name", "ready", "deleted"]).to_pylist()
    return rows, unasked, operations


def _notes(found: Sequence[dict[str, Any]], ready: dict[str, str], namespaces: Sequence[str] | None) -> list[str]:
    if not found:
        where = f" in {', '.join(namespaces)}" if namespaces else ""
        return [f"Ceph was not asked: there is no toolbox{where} (a pod with the label {LABEL}); {_INSTALL}"]
    idle = sorted({row["namespace"] for row in found} - set(ready))
    return [f"Ceph was not asked in {namespace}: the toolbox there is not ready" for namespace in idle]


def _beyond(count: int) -> list[str]:
    return [f"Ceph was not asked in {count} more namespaces: homeperf asks {MAX_TOOLBOXES}"] if count else []


async def _ask(connection: Connection, namespace: str, pod: str, deadline: float | None, *, at_once: bool) -> Toolboxes:
    asking = [_run(connection, namespace, pod, command, deadline) for command in COMMANDS]
    tried = await asyncio.gather(*asking) if at_once else [await one for one in asking]
    ended = [attempts[-1] for attempts in tried]
    documents: dict[tuple[str, ...], Any] = {}
    errors: dict[tuple[type[KubeError], str], KubeError] = {}
    for command, executed in zip(COMMANDS, ended, strict=True):
        try:
            documents[command] = _decoded(command, executed, f"{namespace}/{pod}")
        except KubeError as error:
            errors.setdefault((type(error), error.hint), error.with_traceback(None))
    reports = (report_of(namespace, *(documents.get(command) for command in COMMANDS)),) if documents else ()
    return Toolboxes(
        reports=reports,
        unasked=tuple(Unasked(namespace, pod, error) for error in errors.values()),
        operations=tuple(executed.operation for attempts in tried for executed in attempts),
    )


async def _run(
    connection: Connection, namespace: str, pod: str, command: Sequence[str], deadline: float | None
) -> list[Executed]:
    """Run one command in Rook's container, or in the only one of a pod that somebody has made; each attempt."""
    words = ("ceph", *command, "-f", "json")
    executed = await execute(connection, namespace, pod, words, container=CONTAINER, deadline=deadline)
    if executed.operation.status != BAD_REQUEST:
        return [executed]
    return [executed, await execute(connection, namespace, pod, words, deadline=deadline)]


def _decoded(command: tuple[str, ...], executed: Executed, pod: str) -> Any:
    """The document that a command has printed. Raises KubeError."""
    name = f"ceph {' '.join(command)}"
    by_hand = f"kubectl -n {pod.partition('/')[0]} exec {pod.partition('/')[2]} -- {name}"
    if executed.error is not None:
        raise executed.error
    if executed.code:
        said = quoted(executed.complaint, limit=200) or "without a word"
        raise ServerError(f"{name} in pod {pod} ended with {executed.code}: {said}", by_hand)
    try:
        return msgspec.json.decode(executed.output, type=MODELS[command])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        reason = quoted(str(error), limit=120)
        raise BadAnswer(f"{name} in pod {pod} printed what could not be understood: {reason}", by_hand) from None
