"""The runtime's processes: on loopback, with a token, its owner's alone, and gone after ``down``."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from homeperf_ray.actors.protocol import HEADER, MAX_REQUEST, Hello, frame
from tests.actors.conftest import WORKERS, folder_of, lives
from tests.cli.command import Homeperf

pytestmark = pytest.mark.ray


def listeners(pids: set[int]) -> set[tuple[str, int]]:
    """Addresses and ports on which these processes listen, from /proc."""
    inodes = set()
    for pid in pids:
        for entry in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                target = str(entry.readlink())
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, _, port = fields[1].partition(":")
                raw = b"".join(
                    struct.pack("<I", int(address[start : start + 8], 16)) for start in range(0, len(address), 8)
                )
                found.add((str(ipaddress.ip_address(raw)), int(port, 16)))
    return found


def is_loopback(address: str) -> bool:
    found = ipaddress.ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def test_every_listening_socket_is_on_loopback(runtime: Homeperf):
    processes = folder_of(runtime).processes()
    found = listeners(processes)
    assert len(processes) >= WORKERS + 4
    assert len(found) >= 3, "Ray's own services listen somewhere"
    assert [address for address, _ in found if not is_loopback(address)] == []


@pytest.mark.parametrize("token", [None, "0" * 64])
def test_ray_refuses_whoever_has_not_the_token(runtime: Homeperf, tmp_path: Path, token: str | None):
    record = folder_of(runtime).record()
    address = (record.ray / "ray_current_cluster").read_text().strip()
    environment = {name: value for name, value in runtime.environment.items() if not name.startswith("RAY_")}
    if token:
        (tmp_path / "token").write_text(token)
        environment |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(tmp_path / "token")}
    probe = (
        "import sys\nfrom ray._raylet import GcsClient\n"
        f"client = GcsClient(address={address!r})\n"
        "print('let in', client.internal_kv_keys(b'', None, timeout=5))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "let in" not in done.stdout
    assert done.returncode != 0


def test_the_same_probe_is_let_in_with_the_token(runtime: Homeperf):
    found = folder_of(runtime)
    address = (found.record().ray / "ray_current_cluster").read_text().strip()
    probe = (
        "from ray._raylet import GcsClient\n"
        f"client = GcsClient(address={address!r})\n"
        "print('let in', len(client.internal_kv_keys(b'', None, timeout=5)))"
    )
    environment = runtime.environment | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(found.folder.token)}
    done = subprocess.run(
        [sys.executable, "-c", probe], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "let in" in done.stdout, done.stderr


def test_only_the_owner_may_look(runtime: Homeperf):
    folder = folder_of(runtime).folder
    modes = {
        path.name: path.stat().st_mode & 0o777 for path in (folder.path, folder.socket, folder.token, folder.state)
    }
    assert modes == {folder.path.name: 0o700, "gateway.sock": 0o600, "ray.token": 0o600, "runtime.json": 0o600}
    assert Path(folder_of(runtime).record().temp).stat().st_mode & 0o077 == 0


def test_up_again_changes_nothing(runtime: Homeperf):
    before = folder_of(runtime).processes()
    done = runtime.run("up", "--workers", str(WORKERS))
    assert (done.code, done.out) == (0, f"The runtime was up already: {WORKERS} workers.\n")
    assert folder_of(runtime).processes() >= before


def test_status_names_the_workers(runtime: Homeperf):
    state = runtime.run("status", "-o", "json").report
    assert state["up"]
    assert len({worker["pid"] for worker in state["workers"]}) == WORKERS
    table = runtime.run("status")
    assert table.code == 0
    assert "worker-2" in table.out


def dial(runtime: Homeperf) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(5)
    connection.connect(str(folder_of(runtime).folder.socket))
    return connection


@pytest.mark.parametrize(
    "hostile",
    [
        HEADER.pack(MAX_REQUEST + 1),
        HEADER.pack(5) + b"\x80\x04\x95\x00.",
        HEADER.pack(4) + b"\xff\xff\xff\xff",
        HEADER.pack(0),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["too large", "pickle", "garbage", "empty", "http"],
)
def test_the_gateway_refuses_what_is_no_request_and_goes_on(runtime: Homeperf, hostile: bytes):
    with dial(runtime) as connection:
        connection.sendall(hostile)
        answer = connection.recv(4096)
        assert b"refused" in answer
        assert connection.recv(1) == b""
    with dial(runtime) as connection:
        connection.sendall(frame(Hello()))
        assert b"welcome" in connection.recv(4096)


@pytest.fixture
def other(tmp_path: Path):
    """A runtime of the test's own, for tests that break it."""
    homeperf = Homeperf(tmp_path)
    yield homeperf
    homeperf.run("down", timeout=60)


def test_a_runtime_that_is_half_up_is_named_passed_over_and_started_anew(other: Homeperf, sim):
    assert other.run("up", timeout=180).code == 0
    runtime = folder_of(other)
    [raylet] = [pid for pid in runtime.processes() if b"raylet/raylet" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(raylet, signal.SIGKILL)
    gone = runtime.folder.socket
    for _ in range(100):
        if other.run("status").code == 3:
            break
    assert gone.exists()
    done = other.check(sim.kubeconfig, "nodes", runner="auto")
    assert done.report["runner"] == "local"
    assert done.err.count("\n") == 1
    assert "running locally" in done.err
    assert other.check(sim.kubeconfig, "nodes", runner="ray").code == 3
    again = other.run("up", timeout=180)
    assert (again.code, again.out) == (0, "The runtime is up: 1 worker.\n")
    assert other.check(sim.kubeconfig, "nodes", runner="ray").report["runner"] == "ray"
    known = runtime.processes()
    assert other.run("down").out == "The runtime is down.\n"
    assert [pid for pid in known if lives(pid)] == []
    assert runtime.processes() == set()
    assert other.run("down").out == "No runtime was up.\n"
    assert sorted(path.name for path in runtime.folder.path.iterdir()) == ["lock", "runtime.log"]


def test_a_folder_that_others_may_read_is_refused(tmp_path: Path):
    homeperf = Homeperf(tmp_path)
    folder = Path(homeperf.environment["HOMEPERF_RUNTIME_DIR"])
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    done = homeperf.run("up")
    assert done.code == 3
    assert str(folder) in done.err
    assert "others" in done.err
