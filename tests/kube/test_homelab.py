"""The read path against the embedded homelab, a whole API server in a process of its own."""

from __future__ import annotations

import asyncio

from homeperf_ray.kube import resources
from homeperf_ray.kube.discovery import discover
from homeperf_ray.kube.lister import read_list
from homeperf_ray.kube.request import Access, Request
from homeperf_ray.kube.resources import PODS, GroupResource
from homeperf_ray.kube.target import load_target

EVERY = [value for value in vars(resources).values() if isinstance(value, GroupResource)]


async def test_everything_is_read_and_every_request_is_counted(homelab, connect):
    homelab.reset()
    connection = connect(load_target(Access((str(homelab.kubeconfig),))))
    found = await discover(connection, frozenset(one.group for one in EVERY), cache_dir=None)
    assert found.error is None
    requests = [Request(served, page_size=50) for one in EVERY if (served := found.discovery.served(one))]
    lists = await asyncio.gather(*(read_list(connection, request) for request in requests))
    assert [listed.error for listed in lists] == [None] * len(requests)
    rows = {
        str(request.served.resource): listed.table.num_rows for request, listed in zip(requests, lists, strict=True)
    }
    assert rows[str(PODS)] == 300
    operations = [*found.operations, *(op for listed in lists for op in listed.operations)]
    assert sum(op.sent for op in operations) == homelab.counts()["total"]
    assert sum(op.bytes for op in operations) == homelab.counts()["bytes"]
    assert sum(op.items for op in operations) == sum(rows.values())
