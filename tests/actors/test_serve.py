"""A Ray cluster of one node that serves a workstation: homeperf serve, and a check over TLS."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeperf_ray.actors.processes import MARK, end, processes_of
from tests.actors.test_check_on_ray import findings, wait_for
from tests.actors.test_runtime import is_loopback, listeners
from tests.cli.command import Homeperf
from tests.homelab import received

pytestmark = pytest.mark.ray


class Cluster:
    """Ray with a token on loopback, as the head of a cluster has it, served by ``homeperf serve``."""

    def __init__(self, home: Path, kubeconfig: Path) -> None:
        self.temp = tempfile.mkdtemp(prefix="hp-")
        self.mark = secrets.token_hex(8)
        token = home / "ray.token"
        token.touch(0o600)
        token.write_text(secrets.token_hex(32))
        self.head = Homeperf(home)
        self.head.environment |= {
            MARK: self.mark,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(token),
            "RAY_TMPDIR": self.temp,
            "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        start = [
            *(str(Path(sys.executable).with_name("ray")), "start", "--head", "--node-ip-address=127.0.0.1"),
            *("--port=0", f"--temp-dir={self.temp}/ray", "--include-dashboard=false", "--disable-usage-stats"),
            *("--num-cpus=0", "--object-store-memory=100000000"),
        ]
        subprocess.run(start, env=self.head.environment, check=True, capture_output=True, timeout=120)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.serving = ("serve", "--listen", f"127.0.0.1:{self.port}", "--kubeconfig", str(kubeconfig))
        self.served = self.head.run(*self.serving, "--credentials", str(home / "gateway"), timeout=180)
        assert self.served.code == 0, self.served.err
        said = dict(line.strip().split(": ") for line in self.served.out.splitlines() if line.startswith("  "))
        self.fingerprint = said["gateway-fingerprint"]

    @property
    def processes(self) -> set[int]:
        return processes_of(self.mark, self.temp)

    def end(self) -> None:
        end(self.processes)
        end(self.processes)
        shutil.rmtree(self.temp, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, homelab) -> Iterator[Cluster]:
    home = tmp_path_factory.mktemp("head")
    made = Cluster(home, homelab.kubeconfig)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def workstation(cluster: Cluster, tmp_path: Path) -> Homeperf:
    """It has the token and the fingerprint, and no kubeconfig."""
    homeperf = Homeperf(tmp_path)
    token = tmp_path / ".config/homeperf/gateway.token"
    token.parent.mkdir(parents=True)
    shutil.copy(cluster.head.home / "gateway/token", token)
    token.chmod(0o600)
    homeperf.environment |= {
        "HOMEPERF_ADDRESS": f"127.0.0.1:{cluster.port}",
        "HOMEPERF_GATEWAY_FINGERPRINT": cluster.fingerprint,
    }
    return homeperf


def test_a_workstation_without_a_kubeconfig_finds_what_a_local_run_finds(workstation: Homeperf, sim, tmp_path):
    there = workstation.run("check", "-o", "json", "--details", "0")
    local = workstation.check(sim.kubeconfig, runner="local")
    assert there.report["runner"] == "ray"
    assert findings(there.report) == findings(local.report)
    assert there.code == local.code


def test_status_names_the_worker_of_the_node(workstation: Homeperf):
    state = workstation.run("status", "-o", "json").report
    assert [worker["name"] for worker in state["workers"]] == ["worker-127.0.0.1"]
    assert state["processes"] == []


def test_what_belongs_to_this_machine_is_refused_before_anything_is_sent(workstation: Homeperf, sim):
    address = workstation.environment["HOMEPERF_ADDRESS"]
    for arguments, word in (
        (("--kubeconfig", str(sim.kubeconfig), "--address", address), "takes no kubeconfig"),
        (("--all-contexts",), "no other contexts"),
    ):
        done = workstation.run("check", *arguments)
        assert done.code == 3
        assert word in done.err


def test_a_token_that_others_may_read_and_a_wrong_one_are_a_sentence(workstation: Homeperf):
    token = workstation.home / ".config/homeperf/gateway.token"
    wrong = workstation.run("check", HOMEPERF_GATEWAY_TOKEN="w" * 64)
    assert (wrong.code, "does not know this token" in wrong.err) == (3, True)
    token.chmod(0o644)
    shown = workstation.run("check")
    assert (shown.code, f"others may read {token}" in shown.err) == (3, True)


def test_a_gateway_that_is_named_and_away_is_not_replaced_by_this_machine(workstation: Homeperf):
    done = workstation.run("check", HOMEPERF_ADDRESS="127.0.0.1:1")
    assert done.code == 3
    assert "127.0.0.1:1 cannot be reached" in done.err
    assert "--runner local" in done.err


def test_the_gateway_listens_where_it_was_told_and_nothing_listens_elsewhere(cluster: Cluster):
    found = listeners(cluster.processes)
    assert ("127.0.0.1", cluster.port) in found
    assert [address for address, _ in found if not is_loopback(address)] == []


def test_a_ray_without_a_token_is_not_served(cluster: Cluster):
    done = cluster.head.run(*cluster.serving, RAY_AUTH_MODE="disabled")
    assert done.code == 3
    assert "RAY_AUTH_MODE is not token" in done.err


def test_serving_again_replaces_workers_and_keeps_certificate_token_and_limiter(
    cluster: Cluster, workstation: Homeperf
):
    limiter, worker = pid_of(cluster, "RateLimiter"), pid_of(cluster, "NodeWorker")
    again = cluster.head.run(*cluster.serving, "--credentials", str(cluster.head.home / "gateway"), timeout=180)
    assert (again.code, cluster.fingerprint in again.out) == (0, True)
    assert pid_of(cluster, "RateLimiter") == limiter
    assert workstation.run("check", "nodes", "-o", "json").report["summary"]["errors"] == 0
    assert pid_of(cluster, "NodeWorker") != worker


def pid_of(cluster: Cluster, actor: str) -> int:
    [pid] = [pid for pid in cluster.processes if f"ray::{actor}".encode() in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return pid


@pytest.mark.slow
@pytest.mark.parametrize("actor", ["RateLimiter", "NodeWorker"])
def test_what_dies_in_the_middle_of_a_run_costs_no_check(cluster: Cluster, workstation: Homeperf, sim, actor: str):
    expected = findings(workstation.run("check", "-o", "json", "--details", "0", "--fresh").report)
    sim.reset_counts()
    sim.fault("latency", verb="list", seconds=1.5)
    client = running(workstation, "--fresh")
    wait_for(lambda: received(sim, verb="list") >= 3)
    os.kill(pid_of(cluster, actor), signal.SIGKILL)
    out, err = client.communicate(timeout=60)
    report = json.loads(out)
    assert findings(report) == expected, err
    assert report["summary"]["errors"] == 0


def test_a_gateway_that_dies_in_the_middle_is_an_error_with_a_reason_and_opens_again(
    cluster: Cluster, workstation: Homeperf, sim
):
    sim.fault("latency", verb="list", seconds=20)
    client = running(workstation, "--fresh")
    wait_for(lambda: received(sim, verb="list") >= 3)
    began = time.monotonic()
    os.kill(pid_of(cluster, "CacheActor"), signal.SIGKILL)
    _, err = client.communicate(timeout=60)
    assert client.returncode == 3
    assert "the runtime broke off" in err
    sim.reset()
    wait_for(lambda: workstation.run("status").code == 0, 30)
    print(f"the Gateway was open again after {time.monotonic() - began:.1f} s")
    assert workstation.run("check", "nodes", "-o", "json").report["summary"]["errors"] == 0


@pytest.mark.slow
def test_the_budget_holds_through_a_restart_of_the_limiter(cluster: Cluster, workstation: Homeperf, sim):
    """Seen by the server: from the limiter's death on, no more than the rate gives, since a new one has no burst."""
    qps, burst = 5, 10
    client = running(workstation, "--fresh", "--qps", str(qps), "--burst", str(burst), "--timeout", "40s")
    wait_for(lambda: sim.counts()["total"] >= burst, 30)
    os.kill(pid_of(cluster, "RateLimiter"), signal.SIGKILL)
    seen, moments = [], []
    while client.poll() is None:
        seen.append(sim.counts()["total"])
        moments.append(time.monotonic())
        time.sleep(0.05)
    out, err = client.communicate(timeout=60)
    assert json.loads(out)["summary"]["errors"] == 0, err
    assert seen[-1] - seen[0] > qps, "the run went on after the limiter's death"
    for end_of in range(len(seen)):
        for start in range(0, end_of, 5):
            # A count is taken somewhere between two looks, so the window may be one look longer on either side.
            window = moments[min(end_of + 1, len(moments) - 1)] - moments[max(start - 1, 0)]
            assert seen[end_of] - seen[start] <= burst + qps * (window + 0.25)
    assert seen[-1] - seen[0] <= qps * (moments[-1] - moments[0] + 0.5) + 1


def running(workstation: Homeperf, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "homeperf_ray.cli.main", "check", "-o", "json", "--details", "0", *arguments]
    return subprocess.Popen(
        command, env=workstation.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
