"""Growth is judged where the history is: the same whichever runner has asked the kubelets."""

import time
from pathlib import Path

import msgspec
import pytest

from homeperf_ray.timings.dataset import store
from homeperf_ray.timings.volume_history import FOLDER, History, encode, past
from tests.cli.command import Homeperf

pytestmark = pytest.mark.ray

DAY = 86_400.0


def recorded(folder: Path) -> list[History]:
    now = time.time()
    return list(past(folder, since=now - 60 * DAY, until=now + 1).histories.values())


def fill(folder: Path, history: History, *, days: int = 15, per_day: float) -> None:
    """Write that a volume has grown to what it is by ``per_day`` of its size."""
    now = time.time()
    for step in range(days * 4, 0, -1):
        at = now - step * DAY / 4
        used = round(history.latest.used - per_day * history.latest.capacity * step / 4)
        use = msgspec.structs.replace(history.latest, taken=at, used=used)
        data = encode([use], run=f"r{step}", recorded=at, server=history.server, context=history.context)
        store(folder / FOLDER, data, run=f"r{step}", started=at)


def test_every_runner_finds_the_same_growth(runtime: Homeperf, sim, tmp_path):
    folder = tmp_path / "timings"

    def check(runner: str, *arguments: str):
        done = runtime.check(
            sim.kubeconfig, "storage", "--kubelet", "--timings", str(folder), *arguments, runner=runner
        )
        growth = [
            (one["code"], one["namespace"], one["object"])
            for one in done.report["details"]
            if one["code"] in {"HP360", "HP361", "HP362", "HP363"}
        ]
        notes = [note for note in done.report["notes"] if note.startswith("growth of ")]
        return growth, done.report["summary"], notes

    assert check("local")[0] == []
    fuller = max(
        (one for one in recorded(folder) if 0.5 < one.latest.used / one.latest.capacity < 0.8),
        key=lambda one: one.latest.used / one.latest.capacity,
    )
    left = fuller.latest.available / fuller.latest.capacity
    fill(folder, fuller, per_day=left / 5)
    local, ray, serial = check("local"), check("ray"), check("serial")
    name = f"PersistentVolumeClaim/{fuller.latest.claim}"
    assert local[0] == [("HP360", fuller.latest.namespace, name)]
    assert local == ray == serial
    assert check("ray", "--no-timings")[0] == []
