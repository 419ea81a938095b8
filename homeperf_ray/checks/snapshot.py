"""The snapshot: everything that the checks of one run may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from homeperf_ray.kube.ceph_report import CephReport
from homeperf_ray.kube.resources import GroupResource


@dataclass(frozen=True)
class Snapshot:
    """Arrow tables by resource, in the columns of ``kube.columns``, as they were at ``now`` (UTC, aware).

    A resource that the cluster does not serve, or that could not be read, has no table. ``namespaces`` is the scope
    that the user asked for, None for the whole cluster; the tables hold nothing outside of it. ``partial`` names the
    namespaces that could be read of a resource, where that is not the whole scope. ``server_version`` is what the API
    server calls its own, ``v1.34.1``; it may be empty. ``ceph`` is what each toolbox that was asked has said.
    """

    tables: Mapping[GroupResource, pa.Table]
    now: datetime
    namespaces: tuple[str, ...] | None = None
    partial: Mapping[GroupResource, tuple[str, ...]] = field(default_factory=dict)
    server_version: str = ""
    ceph: tuple[CephReport, ...] = ()

    def __getitem__(self, resource: GroupResource) -> pa.Table:
        return self.tables[resource]

    def covers(self, resource: GroupResource, namespace: str) -> bool:
        """Whether everything of this resource in that namespace is in its table: only then absence means anything."""
        if resource not in self.tables or (self.namespaces is not None and namespace not in self.namespaces):
            return False
        return resource not in self.partial or namespace in self.partial[resource]

    def get(self, resource: GroupResource) -> pa.Table | None:
        """The table, or None where the resource is absent: for what a check declares as optional."""
        return self.tables.get(resource)
