"""The lister: one LIST, page by page, into one Arrow table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.kube.pages import PageReader
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.timings.operation import Operation

if TYPE_CHECKING:
    import pyarrow as pa

    from homeperf_ray.kube.columns import Page


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """``table`` (a ``pyarrow.Table``) or ``error``, and one operation a page.

    ``version`` is the resourceVersion of the list, from which a watch can go on.
    """

    table: Any = None
    version: str = ""
    error: KubeError | None = None
    operations: tuple[Operation, ...] = ()


async def read_list(
    connection: Connection,
    request: Request,
    *,
    context: str = "",
    deadline: float | None = None,
    decode: Callable[[GroupResource, bytes], Page] | None = None,
    schema: Callable[[GroupResource], pa.Schema] | None = None,
) -> Listed:
    """Read every page of ``request`` into one table.

    ``deadline`` is in ``time.monotonic()``; ``decode`` and ``schema`` are those of the columns unless given.
    """
    import pyarrow as pa

    from homeperf_ray.kube import columns

    resource = request.served.resource
    decoding = decode or columns.decode
    reader = PageReader(connection, request, lambda body: decoding(resource, body), context=context, deadline=deadline)
    try:
        pages = await reader.read()
    except KubeError as error:
        return Listed(error=error.with_traceback(None), operations=tuple(reader.operations))
    table = pa.Table.from_batches([page.batch for page in pages], (schema or columns.schema)(resource))
    return Listed(table=table, version=pages[0].resource_version, operations=tuple(reader.operations))
