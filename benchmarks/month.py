"""``python -m benchmarks.month``: a month of the embedded homelab, and what `trends storage` and the check say of it.

The homelab's claims fill up as they are told, four times a day for a month that passes in minutes. Each time its
kubelets are asked as `check storage --kubelet` asks them, and what they tell is recorded under the day that it is meant
to be. Then the commands themselves are run, and what they find is compared with what was played.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.local import run_local
from homeperf_ray.executor.report import Report
from homeperf_ray.kube.request import Access
from homeperf_ray.sim.fill import USED
from homeperf_ray.sim.process import RunningSim, start
from homeperf_ray.timings.dataset import store
from homeperf_ray.timings.volume_history import FOLDER, encode

DAY = 86_400.0
STEPS = 4
"""Readings a day."""

Filling = Callable[[float, random.Random], float]
"""How full a claim is, in percent, so many days before the end."""

PLAYED: tuple[tuple[str, bool, Filling], ...] = (
    ("steady, full in 5 days", True, lambda left, _: 90 - 2 * left),
    ("steady, full in 20 days", True, lambda left, _: 80 - left),
    ("steady, full in 90 days", False, lambda left, _: 55 - left / 2),
    ("noisy, full in 12 days", True, lambda left, chance: 82 - 1.5 * left + chance.gauss(0, 2)),
    ("flat", False, lambda _, chance: 60 + chance.gauss(0, 1)),
    ("pruned every week", False, lambda left, _: 60 + 20 * (1 - left % 7 / 7)),
    ("nightly backups, deleted by day", False, lambda left, _: 70 if left % 1 == 0.5 else 50),
    ("stopped ten days ago", False, lambda left, _: 75 - max(left - 10, 0) * 1.5),
    ("cleaned up a week ago", False, lambda left, _: 85 - left if left > 7 else 50 - left),
    ("grown for eight days only", True, lambda left, _: 80 - 3 * min(left, 8)),
    ("full for long", False, lambda *_: 100),
)
"""What is played, and whether it is to be warned of."""


def main() -> int:
    """Play a month, run the commands, and print what they say; the exit code is 1 where that is not what was played."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--timings", type=Path, help="Folder of the dataset; else one that is removed again.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, start(healthy=True) as sim:
        folder = chosen.timings or Path(made) / "timings"
        claims = play(sim, folder, days=chosen.days)
        sys.stdout.flush()
        environment = os.environ | {"XDG_STATE_HOME": made, "XDG_CONFIG_HOME": made}
        options = ["--timings", str(folder)]
        check = ["check", "storage", "--kubelet", "--kubeconfig", str(sim.kubeconfig), "--runner", "local", *options]
        _homeperf([*check, "--details", "0"], environment)
        _homeperf(["trends", "storage", *options, "-n", ",".join(sorted({claim[0] for claim in claims}))], environment)
        told = json.loads(_homeperf([*check, "-o", "json"], environment, quiet=True))
    return compare(claims, told)


def play(sim: RunningSim, folder: Path, *, days: int) -> list[tuple[str, str]]:
    """Let the month pass; the claims of ``PLAYED`` in its order, as namespace and name."""
    job = CheckJob(run="month", access=Access((str(sim.kubeconfig),)), domains=("storage",), kubelet=True, max_age=0.0)
    claims = sorted((use.namespace, use.claim) for use in _report(job).volumes)[: len(PLAYED)]
    chance, until = random.Random(1), time.time() - 3_600  # noqa: S311 - a simulation
    for step in range(days * STEPS, -1, -1):
        left = step / STEPS
        for (namespace, name), (_, _, filling) in zip(claims, PLAYED, strict=True):
            percent = str(min(max(round(filling(left, chance)), 0), 100))
            sim.patch("persistentvolumeclaims", namespace, name, {"metadata": {"annotations": {USED: percent}}})
        report = _report(job)
        moment = until - left * DAY
        uses = [msgspec.structs.replace(use, taken=use.taken - report.started + moment) for use in report.volumes]
        run = f"month-{step}"
        data = encode(uses, run=run, recorded=moment, server=report.server, context=report.context)
        store(folder / FOLDER, data, run=run, started=moment)
    return claims


def compare(claims: list[tuple[str, str]], told: dict[str, list[dict[str, str]]]) -> int:
    """Print what was played beside what the check found of growth; 1 where a warning is missing or too many."""
    found = {
        (one["namespace"], one["object"].partition("/")[2]): one
        for one in told["details"]
        if one["code"] in {"HP360", "HP361", "HP362", "HP363"}
    }
    print("\n| played | found |\n| --- | --- |")
    wrong = len(found.keys() - set(claims))
    for claim, (played, warned, _) in zip(claims, PLAYED, strict=True):
        one = found.get(claim)
        wrong += (one is not None) != warned
        print(f"| {played} | {one['code'] + ': ' + one['message'] if one else ''} |")
    print(f"\n{wrong} of {len(PLAYED)} told wrongly; {len(told['volumes'])} volumes in all")
    return 1 if wrong else 0


def _report(job: CheckJob) -> Report:
    [(report, _)] = run_local([job], serial=False, discovery_dir=None)
    return report


def _homeperf(arguments: list[str], environment: dict[str, str], *, quiet: bool = False) -> str:
    command = [sys.executable, "-m", "homeperf_ray.cli.main", *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if not quiet:
        print(f"\n$ homeperf {' '.join(arguments)}\n{done.stdout}", flush=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
