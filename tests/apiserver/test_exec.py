"""Exec through a genuine API server, to a kubelet of which only that is there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.execution import execute
from homeperf_ray.kube.gate import OpenGate
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import load_target
from homeperf_ray.kube.toolbox import COMMANDS, read_toolboxes
from tests.apiserver.api import open_api
from tests.apiserver.content.made import Made
from tests.apiserver.exec_kubelet import StubKubelet
from tests.apiserver.server import ApiServer

pytestmark = pytest.mark.apiserver

POD = "rook-ceph-tools-0"
DOCUMENTS = {
    "status": {
        "health": {"status": "HEALTH_WARN", "checks": {"SLOW_OPS": {"summary": {"message": "2 slow ops"}}}},
        "osdmap": {"num_osds": 3, "num_up_osds": 2, "num_in_osds": 3},
    },
    "osd df": {"nodes": [{"type": "osd", "name": "osd.0", "kb": 100, "utilization": 50.0, "status": "down"}]},
    "pg stat": {"pg_summary": {"num_pg_by_state": [{"name": "active+clean", "num": 33}]}},
}


def run(command: list[str]) -> tuple[str, str, int]:
    if command[0] != "ceph":
        return "", f"{command[0]}: never heard of\n", 127
    return "\n" + json.dumps(DOCUMENTS[" ".join(command[1:-2])]) + "\n", "", 0


@pytest.fixture(scope="module")
def server(assets: Path) -> Iterator[ApiServer]:
    with ApiServer(assets) as running:
        yield running


@pytest.fixture(scope="module")
def kubelet(server: ApiServer) -> Iterator[StubKubelet]:
    certificate, key = server.files
    stub = StubKubelet(certificate, key, run)
    try:
        asyncio.run(_made(server, stub.port))
        yield stub
    finally:
        stub.close()


async def _made(server: ApiServer, port: int) -> None:
    """A node where the stub listens, and on it a toolbox that is ready; and roles for who may exec and nothing else."""
    node = Made("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "stub"}}, status={
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
    })  # fmt: skip
    namespace = Made("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "rook-ceph"}})
    container = {"name": "rook-ceph-tools", "image": "quay.io/ceph/ceph:v19"}
    pod = Made("/api/v1/namespaces/rook-ceph/pods", {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": POD, "namespace": "rook-ceph", "labels": {"app": "rook-ceph-tools"}},
        "spec": {"nodeName": "stub", "containers": [container]},
    }, status={"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})  # fmt: skip
    rules = [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]},
        {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["get"]},
    ]
    rbac, place = "rbac.authorization.k8s.io", {"name": "toolbox", "namespace": "rook-ceph"}
    role = {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": place, "rules": rules}
    binding = {
        "apiVersion": f"{rbac}/v1", "kind": "RoleBinding", "metadata": place,
        "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "toolbox"},
        "subjects": [{"apiGroup": rbac, "kind": "User", "name": "newcomer"}],
    }  # fmt: skip
    async with open_api(server) as api:
        for made in (node, namespace, pod):
            await api.create(made)
        await api.create(Made(f"/apis/{rbac}/v1/namespaces/rook-ceph/roles", role))
        await api.create(Made(f"/apis/{rbac}/v1/namespaces/rook-ceph/rolebindings", binding))


@asynccontextmanager
async def connected(kubeconfig: Path):
    connection = Connection(load_target(Access((str(kubeconfig),))), gate=OpenGate())
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize("user", ["admin", "certified", "newcomer"])
async def test_the_toolbox_is_asked_through_the_genuine_server(server: ApiServer, kubelet: StubKubelet, user: str):
    """``newcomer`` may list pods in that namespace and ``get pods/exec``, as the rule of doctor has it before 1.35."""
    kubelet.asked.clear()
    server.audit.forget()
    async with connected(getattr(server.users, user)) as connection:
        told = await read_toolboxes(connection, ("rook-ceph",))
    assert told.unasked == ()
    [report] = told.reports
    assert (report.health, report.osds_up, report.pgs) == ("HEALTH_WARN", 2, (("active+clean", 33),))
    assert sorted(command for _, command in kubelet.asked) == sorted(["ceph", *one, "-f", "json"] for one in COMMANDS)
    # What the user before asked is written down once more when its connection ends, which may be now.
    events = [event for event in server.audit.requests() if event["user"]["username"] == user]
    execs = [event for event in events if event["objectRef"].get("subresource") == "exec"]
    assert [(event["verb"], event["responseStatus"]["code"]) for event in execs] == [("get", 101)] * len(COMMANDS)
    assert len(events) == len(execs) + 1


async def test_who_may_not_exec_is_refused_by_name(server: ApiServer, kubelet: StubKubelet):
    async with connected(server.users.limited) as connection:
        done = await execute(connection, "rook-ceph", POD, ("ceph", "status"))
    assert done.error is not None
    assert (done.error.kind, done.operation.status) == ("forbidden", 403)
    assert "pods/exec in namespace 'rook-ceph'" in done.error.message


async def test_an_exit_code_a_missing_pod_and_a_kubelet_that_is_away(server: ApiServer, kubelet: StubKubelet):
    async with connected(server.users.admin) as connection:
        failed = await execute(connection, "rook-ceph", POD, ("nonsense",))
        assert (failed.error, failed.code, failed.complaint) == (None, 127, "nonsense: never heard of\n")
        gone = await execute(connection, "rook-ceph", "gone", ("ceph", "status"))
        assert gone.error is not None
        assert gone.error.kind == "not_found"
        wrong = await execute(connection, "rook-ceph", POD, ("ceph", "status"), container="other")
        assert wrong.error is not None
        assert "container other is not valid for pod" in wrong.error.message
