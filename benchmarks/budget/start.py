"""A whole one-shot check with the shared file and without it."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.budget.ratios import told
from benchmarks.budget.runtime import Home
from homeperf_ray.bench.sample import Sample, take
from homeperf_ray.sim.process import start

ROUNDS = 30

MAIN = "from homeperf_ray.cli import folders, main; folders.budget_folder = {folder}; main.main()"
WAYS = {"without": "lambda: None", "with": "folders.budget_folder", "without again": "lambda: None"}


def main(chosen: argparse.Namespace) -> None:
    """Run the rounds and print a table."""
    samples: dict[str, list[Sample]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory(prefix="hp-") as folder, start() as sim:
        environment = Home(Path(folder)).environment
        asked = ["check", "--kubeconfig", str(sim.kubeconfig), "--runner", "local", "--details", "0", "--no-timings"]
        for number in range(-1, chosen.rounds or ROUNDS):
            for name in _turned(number):
                code = MAIN.format(folder=WAYS[name])
                command = [sys.executable, "-c", code, *asked, "-o", "json"]
                time.sleep(0.7)  # what the last one has spent comes back
                sample = take(name, number, command, environment)
                if number >= 0:
                    samples[name].append(sample)
    print("| the budget | wall s | ratio | processor s | ratio |")
    print("| --- | --- | --- | --- | --- |")
    for name in WAYS:
        walls, cpus = _ratios(samples[name], samples["without"])
        wall = statistics.median(one.wall for one in samples[name])
        cpu = statistics.median(one.cpu for one in samples[name])
        print(f"| {name} | {wall:.4f} | {told(walls)} | {cpu:.4f} | {told(cpus)} |")


def _ratios(one: list[Sample], other: list[Sample]) -> tuple[list[float], list[float]]:
    pairs = list(zip(one, other, strict=True))
    return [a.wall / b.wall for a, b in pairs], [a.cpu / b.cpu for a, b in pairs]


def _turned(number: int) -> list[str]:
    names = list(WAYS)
    first = number % len(names)
    return names[first:] + names[:first]
