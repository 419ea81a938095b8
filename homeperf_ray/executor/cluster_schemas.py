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
_JSON = "application/json"
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
    they could be read. ``operations`` are the requests that it took.
    """

    version: str
    rows: list[Row]
    published: str = ""
    operations: tuple[Operation, ...] = ()


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
    reading = _Reading(connection, time.monotonic() + timeout)
    try:
        version: _Version = await reading.decoded("/version", {}, _JSON, _Version)
        names = await reading.names()
        file = folder / f"crds-{_mark(target, names)}.pack"
        rows = _kept(file)
        if rows is None:
            rows = await reading.rows()
            write_own(file, msgspec.msgpack.encode(rows))
            tidy(folder, "crds-*.pack", _KEPT_SECONDS)
        published = "" if version.short in carried else await _published(reading, target, version, folder)
    finally:
        await connection.close()
        await budgets.close()
    return ClusterSchemas(version.short, rows, published, tuple(reading.operations))


async def _published(reading: _Reading, target: Target, version: _Version, folder: Path) -> str:
    """The file in which the definitions of this version are kept; nothing where they cannot be had."""
    name = hashlib.sha256(f"{target.server_id} {version.git}".encode()).hexdigest()[:32]
    file = folder / f"openapi-{name}.json"
    if read_own(file) is None:
        with contextlib.suppress(msgspec.MsgspecError, KubeError):
            write_own(file, of_kubernetes(await reading.openapi()))
            tidy(folder, "openapi-*.json", _KEPT_SECONDS)
    return str(file) if read_own(file) else ""


class _Reading:
    """One visit to a server, and its ``operations``."""

    def __init__(self, connection: Connection, deadline: float) -> None:
        self.operations: list[Operation] = []
        self._connection = connection
        self._deadline = deadline

    async def names(self) -> list[tuple[str, str]]:
        """Name and resourceVersion of every definition."""
        found: list[tuple[str, str]] = []
        query = {"limit": "500"}
        while True:
            page: _Names = await self.decoded(_PATH, query, _NAMES_ONLY, _Names)
            found += [(one.metadata.name, one.metadata.resourceVersion) for one in page.items]
            if not page.metadata.token:
                return found
            query = {"limit": "500", "continue": page.metadata.token}

    async def rows(self) -> list[Row]:
        """The schemas of every definition."""
        rows: list[Row] = []
        query = {"limit": _PAGE}
        while True:
            page: _Page = await self.decoded(_PATH, query, _JSON, _Page)
            for item in page.items:
                definition = {"kind": "CustomResourceDefinition", **item} if isinstance(item, dict) else item
                for (group, version, kind), found in of_definition(definition).items():
                    rows.append((group, version, kind, msgspec.json.encode(found.schema), found.deprecated))
            if not page.metadata.token:
                return rows
            query = {"limit": _PAGE, "continue": page.metadata.token}

    async def openapi(self) -> bytes:
        """What the server publishes, which servers up to 1.20 send as plain text. Raises KubeError."""
        try:
            return await self._get(_OPENAPI, {}, _JSON)
        except BadAnswer:
            return await self._get(_OPENAPI, {}, TEXT)

    async def decoded(self, path: str, query: dict[str, str], accept: str, form: type[Any]) -> Any:
        """An answer as a struct. Raises KubeError."""
        body = await self._get(path, query, accept)
        try:
            return msgspec.json.decode(body, type=form)
        except msgspec.MsgspecError as error:
            what = f"{self._connection.target.context}: {path} is not what the API promises: {error}"
            raise BadAnswer(what, "kubectl get --raw '/readyz?verbose'") from None

    async def _get(self, path: str, query: dict[str, str], accept: str) -> bytes:
        listed = path == _PATH
        resource = "customresourcedefinitions.apiextensions.k8s.io" if listed else path
        operation = Operation(kind="list" if listed else "discover", started=time.time(), resource=resource)
        answer = await self._connection.get(path, query, operation=operation, accept=accept, deadline=self._deadline)
        self.operations.append(answer.operation)
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


def nearest(version: str, carried: tuple[str, ...]) -> str:
    """The carried version that is nearest to a cluster's."""
    minor = int(version.partition(".")[2] or 0)
    return min(carried, key=lambda one: abs(int(one.partition(".")[2]) - minor))
