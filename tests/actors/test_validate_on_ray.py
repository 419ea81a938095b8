"""Manifests judged by the workers of a runtime, which may be killed in the middle of a batch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.actors.conftest import WORKERS
from tests.cli.command import Homeperf
from tests.manifests.mistakes import deployment

pytestmark = pytest.mark.ray

FILES = 60


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for number in range(FILES):
        (tmp_path / f"{number}").mkdir()
        text = deployment(f"replicas: {number if number % 9 else 'x'}")
        (tmp_path / f"{number}/a.yaml").write_text(text + "# " + "x" * 20_000)
    return tmp_path


def pids(runtime: Homeperf) -> list[int]:
    return [worker["pid"] for worker in runtime.run("status", "-o", "json").report["workers"]]


def running(runtime: Homeperf) -> int:
    return runtime.run("status", "-o", "json").report["running"]


@pytest.mark.parametrize("killed", [pytest.param(1, marks=pytest.mark.slow), WORKERS])
def test_workers_that_are_killed_in_the_middle_of_a_batch_cost_no_answer(runtime: Homeperf, tree: Path, killed: int):
    expected = runtime.run("validate", str(tree), "--no-cache", "-o", "json", "--runner", "local").report
    victims = pids(runtime)[:killed]
    assert all(victims)
    for pid in victims:
        os.kill(pid, signal.SIGSTOP)
    client = subprocess.Popen(
        [sys.executable, "-m", "homeperf_ray.cli.main", "validate", str(tree), "--no-cache", "-o", "json",
         "--runner", "ray", "--timings", str(tree / "timings")],
        env=runtime.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        _until_only_the_stopped_hold_batches(runtime)
    finally:
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
    out, err = client.communicate(timeout=120)
    assert "Traceback" not in err
    report = json.loads(out)
    assert (client.returncode, report["runner"], report["details"]) == (1, "ray", expected["details"])
    assert report["summary"] == expected["summary"]
    (file,) = (tree / "timings").rglob("*.parquet")
    rows = [row for row in pq.read_table(file).to_pylist() if row["kind"] == "judge"]
    assert sum(row["items"] for row in rows if not row["error"]) == FILES
    here = [row for row in rows if row["worker"].startswith("process-")]
    assert any(row["retries"] for row in rows) or here
    assert bool(here) == ("judged on this machine" in err)
    deadline = time.monotonic() + 60
    while not all(pids(runtime)):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _until_only_the_stopped_hold_batches(runtime: Homeperf) -> None:
    """Until nothing moves any more: what is in hand is in the hands of workers that stand still."""
    deadline = time.monotonic() + 60
    seen: list[int] = []
    while len(seen) < 4 or len(set(seen[-4:])) > 1 or not seen[-1]:
        assert time.monotonic() < deadline, seen
        seen.append(running(runtime))


def test_manifests_are_judged_on_ray_as_they_are_here(runtime: Homeperf, tree: Path):
    ray, local = (
        runtime.run("validate", str(tree), "--no-cache", "-o", "json", "--runner", runner)
        for runner in ("ray", "local")
    )
    assert (ray.code, ray.report["runner"], ray.report["workers"]) == (1, "ray", WORKERS)
    assert ray.report["details"] == local.report["details"]
    assert len(ray.report["details"]) == 7
