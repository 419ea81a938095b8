from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from homeperf_ray.sim.options import OptionsError
from homeperf_ray.sim.process import SimError, start
from tests.homelab import credentials

SMALL = {"nodes": 2, "namespaces": 5, "pods": 20, "pvcs": 2}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def wait_until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_files_are_for_the_owner_alone():
    with start(**SMALL) as sim:
        assert mode(sim.directory) == 0o700
        assert mode(sim.kubeconfig) == 0o600
        assert mode(sim.admin_socket) == 0o600
        assert sorted(path.name for path in sim.directory.iterdir()) == [
            "admin.sock",
            "certified.kubeconfig",
            "kubeconfig",
        ]


def test_the_kubeconfig_has_two_contexts_and_its_authority():
    with start(**SMALL) as sim:
        config = yaml.safe_load(sim.kubeconfig.read_text())
        assert config["current-context"] == "homelab"
        assert [item["name"] for item in config["contexts"]] == ["homelab", "limited"]
        assert config["contexts"][1]["context"]["namespace"] == sim.limited_namespaces[0] == "media"
        url, authority, token = credentials(sim.kubeconfig)
        assert url == sim.url
        assert authority.startswith("-----BEGIN CERTIFICATE-----")
        assert token != credentials(sim.kubeconfig, "limited")[2]


def test_tokens_are_new_each_time_and_listen_on_loopback_only():
    with start(**SMALL) as first, start(**SMALL) as second:
        assert credentials(first.kubeconfig)[2] != credentials(second.kubeconfig)[2]
        sockets = subprocess.run(
            [sys.executable, "-c", "import sys; print(open('/proc/net/tcp').read(), open('/proc/net/tcp6').read())"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        port = f"{int(first.url.rpartition(':')[2]):04X}"
        listening = [line.split()[1] for line in sockets.splitlines() if f":{port} " in line and " 0A " in line]
        assert listening == [f"0100007F:{port}"]


def test_stop_leaves_nothing_behind():
    sim = start(**SMALL)
    assert sim.running
    sim.stop()
    assert not sim.running
    assert not sim.directory.exists()
    assert not alive(sim.pid)
    sim.stop()


def test_a_homelab_dies_with_its_parent():
    code = (
        "import os, sys\nfrom homeperf_ray.sim.process import start\n"
        f"sim = start(**{SMALL!r})\nprint(sim.pid, sim.directory, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert parent.returncode == -signal.SIGKILL
    pid, directory = parent.stdout.split()
    assert wait_until(lambda: not alive(int(pid)))
    assert wait_until(lambda: not Path(directory).exists())


def test_sigterm_ends_it_cleanly():
    sim = start(**SMALL)
    os.kill(sim.pid, signal.SIGTERM)
    assert wait_until(lambda: not sim.running)
    assert not sim.directory.exists()
    sim.stop()


def test_a_port_that_is_taken_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SimError, match="cannot listen on port"):
        start(**SMALL, port=taken.getsockname()[1])


def test_a_chosen_port_is_used():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with start(**SMALL, port=port) as sim:
        assert sim.url == f"https://127.0.0.1:{port}"


def test_options_are_checked_before_anything_starts():
    with pytest.raises(OptionsError):
        start(pods=1)


def test_an_admin_socket_that_is_gone_is_said_in_a_sentence():
    sim = start(**SMALL)
    sim.stop()
    with pytest.raises(SimError, match="does not answer"):
        sim.counts()


def test_a_long_temporary_directory_leaves_room_for_the_socket(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    with start(**SMALL) as sim:
        assert len(str(sim.admin_socket)) < 108
        assert sim.counts()["total"] == 0


def test_a_start_that_is_interrupted_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def interrupt(_number, _frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        with pytest.raises(KeyboardInterrupt):
            start(nodes=1000, namespaces=500, pods=50_000, pvcs=1000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert list(tmp_path.iterdir()) == []


def test_a_parent_that_goes_during_the_start_leaves_no_noise_and_nothing_else(tmp_path):
    code = (
        "import os, signal\nfrom homeperf_ray.sim.process import start\n"
        "signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), 9))\nsignal.setitimer(signal.ITIMER_REAL, 0.8)\n"
        "start(nodes=60, namespaces=100, pods=10_000, pvcs=100)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    _, errors = parent.communicate(timeout=60)  # the child holds stderr open until it has ended
    assert parent.returncode == -signal.SIGKILL
    assert errors == ""
    assert list(tmp_path.iterdir()) == []
