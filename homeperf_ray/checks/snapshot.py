"""The snapshot: everything that the checks of one run may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from homeperf_ray.kube.resources import GroupResource


@dataclass(frozen=True)
class Snapshot:
    """Arrow tables by resource, in the columns of ``kube.columns``, as they were at ``now`` (UTC, aware).

    A resource that the cluster does not serve, or that could not be read, has no table. ``namespaces`` is the scope
    that the user asked for, None for the whole cluster; the tables hold nothing outside of it.
    """

    tables: Mapping[GroupResource, pa.Table]
    now: datetime
    namespaces: tuple[str, ...] | None = None

    def __getitem__(self, resource: GroupResource) -> pa.Table:
        return self.tables[resource]

    def get(self, resource: GroupResource) -> pa.Table | None:
        """The table, or None where the resource is absent: for what a check declares as optional."""
        return self.tables.get(resource)
