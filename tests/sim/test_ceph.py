from __future__ import annotations

import json
from typing import Any

import pytest

from homeperf_ray.sim.process import RunningSim
from tests.sim.api import Api
from tests.sim.shell import execute

CLUSTERS = "cephclusters.ceph.rook.io"


@pytest.fixture
def toolbox(api: Api) -> str:
    found = api.get("/api/v1/namespaces/rook-ceph/pods", labelSelector="app=rook-ceph-tools").json["items"]
    assert len(found) == 1
    return str(found[0]["metadata"]["name"])


def asked(api: Api, toolbox: str, *words: str) -> Any:
    said = execute(api, "rook-ceph", toolbox, ["ceph", *words, "-f", "json"])
    assert said.status["status"] == "Success"
    return json.loads(said.output)


def test_the_toolbox_says_what_the_ceph_cluster_says(sim: RunningSim, api: Api, toolbox: str) -> None:
    ceph = sim.show(CLUSTERS, "rook-ceph", "rook-ceph")["status"]["ceph"]
    status = asked(api, toolbox, "status")
    assert (status["fsid"], status["health"]["status"]) == (ceph["fsid"], ceph["health"])
    assert {name: one["summary"]["message"] for name, one in status["health"]["checks"].items()} == {
        name: one["message"] for name, one in ceph["details"].items()
    }
    assert status["pgmap"]["bytes_total"] == ceph["capacity"]["bytesTotal"]
    osds = asked(api, toolbox, "osd", "df")
    assert len(osds["nodes"]) == status["osdmap"]["num_osds"] == 3
    assert max(one["utilization"] for one in osds["nodes"]) > 85
    used = sum(one["kb_used"] for one in osds["nodes"]) * 1024
    assert used == pytest.approx(ceph["capacity"]["bytesUsed"], rel=0.01)
    states = asked(api, toolbox, "pg", "stat")["pg_summary"]
    assert sum(one["num"] for one in states["num_pg_by_state"]) == states["num_pgs"] == status["pgmap"]["num_pgs"]


def test_what_the_health_says_is_worked_out(sim: RunningSim, api: Api, toolbox: str) -> None:
    before = sim.show(CLUSTERS, "rook-ceph", "rook-ceph")
    details = {
        "OSD_DOWN": {"severity": "HEALTH_WARN", "message": "1 osds down"},
        "PG_DEGRADED": {
            "severity": "HEALTH_WARN",
            "message": "Degraded data redundancy: 120/91332 objects degraded, 9 pgs degraded, 9 pgs undersized",
        },
        "PG_AVAILABILITY": {
            "severity": "HEALTH_WARN",
            "message": "Reduced data availability: 4 pgs inactive, 3 pgs peering",
        },
    }
    sim.patch(CLUSTERS, "rook-ceph", "rook-ceph", {"status": {"ceph": {"details": details}}})
    try:
        status = asked(api, toolbox, "status")
    finally:
        sim.put(CLUSTERS, "rook-ceph", "rook-ceph", before)
    states = {one["state_name"]: one["count"] for one in status["pgmap"]["pgs_by_state"]}
    assert states["active+undersized+degraded"] == 9
    assert (states["undersized+degraded+peered"], states["peering"]) == (1, 3)
    assert sum(states.values()) == status["pgmap"]["num_pgs"]
    assert (status["osdmap"]["num_up_osds"], status["pgmap"]["degraded_objects"]) == (2, 120)


@pytest.mark.parametrize("words", [("status",), ("osd", "df"), ("pg", "stat"), ("health", "detail"), ("df",)])
def test_every_command_speaks_to_people_too(api: Api, toolbox: str, words: tuple[str, ...]) -> None:
    said = execute(api, "rook-ceph", toolbox, ["ceph", *words])
    assert said.output.strip()
    assert not said.output.lstrip().startswith("{")


def test_a_command_that_is_none_fails_as_ceph_fails(api: Api, toolbox: str) -> None:
    said = execute(api, "rook-ceph", toolbox, ["ceph", "osd", "destroy", "0"])
    assert "Error EINVAL" in said.error
    assert said.status["details"]["causes"][0]["message"] == "22"


def test_pools_filesystems_and_object_stores_are_served(api: Api) -> None:
    listed = {
        kind: api.get(f"/apis/ceph.rook.io/v1/{kind}").json["items"]
        for kind in ("cephblockpools", "cephfilesystems", "cephobjectstores")
    }
    phases = {one["metadata"]["name"]: one["status"]["phase"] for items in listed.values() for one in items}
    assert phases == {
        "ceph-blockpool": "Ready",
        "scratch": "Failure",
        "ceph-filesystem": "Ready",
        "ceph-objectstore": "Progressing",
    }
