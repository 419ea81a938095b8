"""The schemas of a live cluster: its version, and its CustomResourceDefinitions, read again when they change."""

from __future__ import annotations

import contextlib
import hashlib
import time
from pathlib import Path
from typing import Any

import msgspec

from homeperf_ray.kube.connection import TEXT, Connection
from homeperf_ray.kube.errors import BadAnswer, KubeError
from homeperf_ray.kube.own_file import read_own, tidy, write_own
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import Target, load_target
from homeperf_ray.limits.lease import Budget
from homeperf_ray.limits.local_budgets import LocalBudgets
from homeperf_ray.manifests.published import of_kubernetes
from homeperf_ray.manifests.schemas import of_definition
from homeperf_ray.timings.operation import Operation

_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_OPENAPI = "/openapi/v2"
_NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_PAGE = "25"
"""Definitions are large: some have more than a megabyte."""

_KEPT_SECONDS = 30 * 86_400.0

Row = tuple[str, str, str, bytes, str]
"""Group, version, kind in lower case, schema as JSON, what is said against using it."""


class ClusterSchemas(msgspec.Struct, frozen=True):
    """The minor version of a cluster, ``1.34``, and the schemas of its custom resources.

    ``published`` is the file of Kubernetes' own definitions that it has published, where its version is not carried and
    they could be read.
    """

    version: str
    rows: list[Row]
    published: str = ""


class _Meta(msgspec.Struct):
    name: str = ""
    resourceVersion: str = ""  # noqa: N815 - the API's name


class _Named(msgspec.Struct):
    metadata: _Meta


class _ListMeta(msgspec.Struct):
    token: str = msgspec.field(default="", name="continue")


class _Names(msgspec.Struct):
    metadata: _ListMeta
    items: list[_Named]


class _Page(msgspec.Struct):
    metadata: _ListMeta
    items: list[Any]


class _Version(msgspec.Struct):
    major: str
    minor: str
    git: str = msgspec.field(default="", name="gitVersion")

    @property
    def short(self) -> str:
        return f"{self.major}.{self.minor.rstrip('+')}"


async def read_schemas(
    access: Access, *, budget: Budget, budget_dir: Path, timeout: float, folder: Path, carried: tuple[str, ...]
) -> ClusterSchemas:
    """The schemas of one context. Names and versions of the definitions are always asked for, the definitions only
    where one has changed since they were kept in ``folder``. What is asked counts against the budget that is shared in
    ``budget_dir``. A cluster whose version is not among the ``carried`` ones is asked for Kubernetes' own definitions
    too, once for each version. Raises KubeError.
    """
    target = load_target(access)
    budgets = LocalBudgets(budget_dir)
    connection = Connection(target, gate=budgets.gate(target.server_id, target.origin, budget))
    deadline = time.monotonic() + timeout
    try:
        version = await _get(connection, "/version", {}, "application/json", _Version, deadline)
        names = await _names(connection, deadline)
        file = folder / f"crds-{_mark(target, names)}.pack"
        rows = _kept(file)
        if rows is None:
            rows = await _rows(connection, deadline)
            write_own(file, msgspec.msgpack.encode(rows))
            tidy(folder, "crds-*.pack", _KEPT_SECONDS)
        published = "" if version.short in carried else await _published(connection, version, folder, deadline)
    finally:
        await connection.close()
        await budgets.close()
    return ClusterSchemas(version.short, rows, published)


async def _published(connection: Connection, version: _Version, folder: Path, deadline: float) -> str:
    """The file in which the definitions of this version are kept; nothing where they cannot be had."""
    name = hashlib.sha256(f"{connection.target.server_id} {version.git}".encode()).hexdigest()[:32]
    file = folder / f"openapi-{name}.json"
    if read_own(file) is None:
        with contextlib.suppress(msgspec.MsgspecError, KubeError):
            write_own(file, of_kubernetes(await _openapi(connection, deadline)))
            tidy(folder, "openapi-*.json", _KEPT_SECONDS)
    return str(file) if read_own(file) else ""


async def _openapi(connection: Connection, deadline: float) -> bytes:
    """The document, which servers up to 1.20 send as plain text. Raises KubeError."""
    for accept in ("application/json", TEXT):
        operation = Operation(kind="discover", started=time.time(), resource=_OPENAPI)
        answer = await connection.get(_OPENAPI, {}, operation=operation, accept=accept, deadline=deadline)
        if not isinstance(answer.error, BadAnswer):
            break
    if answer.error is not None:
        raise answer.error
    return bytes(answer.body)


def _mark(target: Target, names: list[tuple[str, str]]) -> str:
    text = f"{target.server_id} {target.identity} {sorted(names)}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _kept(file: Path) -> list[Row] | None:
    try:
        return msgspec.msgpack.decode(read_own(file) or b"", type=list[Row])
    except msgspec.MsgspecError:
        return None


async def _names(connection: Connection, deadline: float) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    query = {"limit": "500"}
    while True:
        page = await _get(connection, _PATH, query, _NAMES_ONLY, _Names, deadline)
        found += [(one.metadata.name, one.metadata.resourceVersion) for one in page.items]
        if not page.metadata.token:
            return found
        query = {"limit": "500", "continue": page.metadata.token}


async def _rows(connection: Connection, deadline: float) -> list[Row]:
    rows: list[Row] = []
    query = {"limit": _PAGE}
    while True:
        page = await _get(connection, _PATH, query, "application/json", _Page, deadline)
        for item in page.items:
            definition = {"kind": "CustomResourceDefinition", **item} if isinstance(item, dict) else item
            for (group, version, kind), found in of_definition(definition).items():
                rows.append((group, version, kind, msgspec.json.encode(found.schema), found.deprecated))
        if not page.metadata.token:
            return rows
        query = {"limit": _PAGE, "continue": page.metadata.token}


async def _get(
    connection: Connection, path: str, query: dict[str, str], accept: str, form: type[Any], deadline: float
) -> Any:
    resource = "" if path == "/version" else "customresourcedefinitions.apiextensions.k8s.io"
    operation = Operation(kind="list" if resource else "discover", started=time.time(), resource=resource or path)
    answer = await connection.get(path, query, operation=operation, accept=accept, deadline=deadline)
    if answer.error is not None:
        raise answer.error
    try:
        return msgspec.json.decode(answer.body, type=form)
    except msgspec.MsgspecError as error:
        what = f"{connection.target.context}: {path} is not what the API promises: {error}"
        raise BadAnswer(what, "kubectl get --raw '/readyz?verbose'") from None


def nearest(version: str, carried: tuple[str, ...]) -> str:
    """The carried version that is nearest to a cluster's."""
    minor = int(version.partition(".")[2] or 0)
    return min(carried, key=lambda one: abs(int(one.partition(".")[2]) - minor))
