"""The largest homelab that is measured: 1,000 nodes and 100,000 pods in 2,000 namespaces."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeperf_ray.sim.process import RunningSim
from tests.homelab import start_homelab
from tests.sim.api import Api

pytestmark = pytest.mark.slow

PODS = 100_000
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


@pytest.fixture(scope="module")
def large() -> Iterator[RunningSim]:
    with start_homelab(nodes=1_000, namespaces=2_000, pods=PODS, pvcs=5_000) as sim:
        yield sim


def resident(pid: int) -> int:
    """Bytes of memory that a process holds (Linux)."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_it_is_ready_and_fits(large):
    assert large.ready.startup < 180, "ten times what it takes on a quiet machine"
    assert resident(large.pid) < 1.5e9


def walk(api: Api, version: str = "") -> tuple[str, int, str]:
    """Read all pods' metadata page by page: the version, how many, and a digest of every name and version."""
    query = {"limit": 5_000}
    if version:
        query |= {"resourceVersion": version, "resourceVersionMatch": "Exact"}
    digest, number, versions, last, left = hashlib.sha256(), 0, set(), "", None
    while True:
        page = api.get("/api/v1/pods", accept=METADATA, **query).json
        versions.add(page["metadata"]["resourceVersion"])
        for item in page["items"]:
            meta = item["metadata"]
            key = f"{meta['namespace']}/{meta['name']}"
            assert key > last
            last = key
            digest.update(f"{key} {meta['resourceVersion']} {meta['uid']}\n".encode())
        number += len(page["items"])
        if left is not None:
            assert page["metadata"].get("remainingItemCount", 0) == left - len(page["items"])
        left = page["metadata"].get("remainingItemCount", 0)
        token = page["metadata"].get("continue")
        if not token:
            assert left == 0
            assert len(versions) == 1
            return versions.pop(), number, digest.hexdigest()
        query = {"limit": 5_000, "continue": token}


def test_pages_are_of_one_moment_while_everything_changes(large):
    api = Api(large)
    before = large.churn(200)["written"]
    version, number, digest = walk(api)
    assert large.churn(200)["written"] > before
    assert number == PODS
    assert walk(api, version) == (version, number, digest)
    later, number, other = walk(api)
    large.churn(0)
    assert int(later) > int(version)
    assert number == PODS
    assert other != digest


def test_a_watch_tells_of_every_change_among_so_many(large):
    api = Api(large)
    listed = api.get("/api/v1/pods", limit=1).json["metadata"]["resourceVersion"]
    before = large.churn(0)["by_resource"].get("pods", 0)
    large.churn(200)
    while (written := large.churn(200)["by_resource"]["pods"] - before) < 200:
        pass
    written = large.churn(0)["by_resource"]["pods"] - before
    events = api.get("/api/v1/pods", watch=1, resourceVersion=listed, timeoutSeconds=3).body.splitlines()
    versions = [int(json.loads(event)["object"]["metadata"]["resourceVersion"]) for event in events]
    assert len(versions) == written
    assert versions == sorted(versions)


def test_live_nodes_renew_a_thousand_leases(large):
    api = Api(large)
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
    assert len(api.get(path).json["items"]) == 1_000
    events = api.get(
        path, watch=1, resourceVersion=api.get(path, limit=1).json["metadata"]["resourceVersion"], timeoutSeconds=20
    )
    renewed = {json.loads(event)["object"]["metadata"]["name"] for event in events.body.splitlines()}
    assert len(renewed) > 900
