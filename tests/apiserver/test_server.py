"""The fixture itself: a genuine server, filled as it says it is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.actors.test_runtime import is_loopback, listeners
from tests.apiserver.api import open_api
from tests.apiserver.conftest import Genuine
from tests.apiserver.crds import DEFINITIONS, Definition, unserved
from tests.apiserver.server import ApiServer

pytestmark = pytest.mark.apiserver


async def test_what_is_not_served_is_named(genuine: Genuine):
    nowhere = Definition("nowhere.invalid", "things", "Thing", ("v1", "v2"))
    async with open_api(genuine.server) as api:
        assert await unserved(api, (*DEFINITIONS, nowhere)) == [
            "things.v1.nowhere.invalid",
            "things.v2.nowhere.invalid",
        ]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Pod", "/api/v1/pods"),
        ("Node", "/api/v1/nodes"),
        ("PersistentVolumeClaim", "/api/v1/persistentvolumeclaims"),
    ],
)
def test_the_server_shows_each_object_as_sick_as_it_was_made(genuine: Genuine, kind: str, path: str):
    rows = genuine.server.shown(path)
    status = {(row["Namespace"], row["Name"]): row["Status"] for row in rows}
    meant = genuine.truth.shown(kind)
    assert len(meant) >= 6
    assert {key: status.get(key) for key in meant} == meant
    assert len(rows) == genuine.truth.count(kind)


def test_there_are_30_namespaces_300_pods_and_40_claims(genuine: Genuine):
    sizes = {
        path: len(genuine.server.items(f"/api/v1/{path}")) for path in ("namespaces", "pods", "persistentvolumeclaims")
    }
    assert sizes == {"namespaces": 30, "pods": 300, "persistentvolumeclaims": 40}


def test_objects_are_as_old_as_a_homelabs_are(genuine: Genuine):
    ages = {row["Age"] for row in genuine.server.shown("/apis/apps/v1/deployments")}
    assert "20d" in ages
    assert genuine.server.shown("/apis/source.toolkit.fluxcd.io/v1/gitrepositories")[0]["Age"] == "20d"


def test_kubeconfigs_are_for_their_owner_only(genuine: Genuine):
    users = genuine.server.users
    files = (users.admin, users.limited, users.certified, users.expired, users.unknown)
    assert len(set(files)) == len(files)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads /proc")
def test_it_listens_on_loopback_only(genuine: Genuine):
    addresses = [address for address, _ in listeners(set(genuine.server.pids))]
    assert len(addresses) >= 3
    assert all(map(is_loopback, addresses))


def test_kubectl_reads_it(genuine: Genuine, assets: Path, tmp_path: Path):
    kubectl = assets / "kubectl"
    if not kubectl.exists():
        pytest.skip("KUBEBUILDER_ASSETS holds no kubectl")
    file = tmp_path / "config"
    genuine.server.users.write(file)
    command = [kubectl, "--kubeconfig", file, "get", "pods", "-A", "--no-headers"]
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    for context, pods in (("admin", 300), ("certified", 300)):
        done = subprocess.run(
            [*command, "--context", context], env=environment, capture_output=True, text=True, timeout=60, check=True
        )
        assert len(done.stdout.splitlines()) == pods
    refused = subprocess.run(
        [*command, "--context", "limited"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "is forbidden" in refused.stderr


def test_nothing_is_left_of_a_server_that_has_stopped(assets: Path):
    with ApiServer(assets) as server:
        pids, folder = server.pids, server.folder
        assert len(pids) == 2
        assert folder.exists()
    assert not folder.exists()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
