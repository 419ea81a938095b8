"""A runtime that nobody asks ends by itself; a client that goes away leaves no work running."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.actors.conftest import folder_of, lives
from tests.cli.command import Homeperf

pytestmark = pytest.mark.ray


def wait_for(condition, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_an_idle_runtime_ends_and_leaves_nothing(tmp_path: Path):
    homeperf = Homeperf(tmp_path)
    try:
        assert homeperf.run("up", "--idle-stop", "3s", timeout=180).code == 0
        runtime = folder_of(homeperf)
        known = runtime.processes()
        assert known
        assert wait_for(lambda: not runtime.folder.state.exists(), 40)
        assert wait_for(lambda: not any(map(lives, known)), 10)
    finally:
        homeperf.run("down")


def test_judging_manifests_is_no_idleness(runtime: Homeperf, tmp_path: Path):
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")

    def idle() -> float:
        return float(runtime.run("status", "-o", "json").report["idle"])

    assert wait_for(lambda: idle() > 5.0, 60)
    before = idle()
    done = runtime.run("validate", str(tmp_path), "--no-cache", "-o", "json", "--runner", "ray")
    assert done.report["runner"] == "ray"
    assert idle() < before


def test_an_interrupted_client_leaves_no_work_running(runtime: Homeperf, make_homelab):
    sim = make_homelab()
    sim.fault("latency", seconds=1.0)
    command = [sys.executable, "-m", "homeperf_ray.cli.main", "check", "--kubeconfig", str(sim.kubeconfig)]
    options = ["--runner", "ray", "--fresh", "--concurrency", "1", "--no-timings"]
    child = subprocess.Popen(
        [*command, *options], env=runtime.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert wait_for(lambda: sim.counts()["total"] >= 4, 20)
    child.send_signal(signal.SIGINT)
    child.wait(10)
    time.sleep(1.5)
    before = sim.counts()["total"]
    time.sleep(3)
    assert sim.counts()["total"] == before
    assert sim.counts()["in_flight"] == 0
