"""Many resources: on one core, on two, over the workers of a runtime, and from which size on two are faster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.validate.costs import HOMEPERF, interleaved, middle, quiet, said, told
from benchmarks.validate.made import make
from homeperf_ray.bench.memory import peak_of

SIZES = (250, 500, 1_000, 2_000, 4_000, 8_000)
"""Resources of the trees in which a pool is compared with one process."""


def measure(environment: dict[str, str], home: Path, *, resources: int, workers: int, rounds: int) -> None:
    """Print resources a second of each runner, what two processes could do at best, and peak memory."""
    folder = home / "made"
    size = make(folder, resources)
    halves = _halved(folder, home / "halves")
    print(f"\n{resources} resources, {size / 1e6:.1f} MB, {workers} workers")
    up = subprocess.run(
        [*HOMEPERF, "up", "--workers", str(workers)], env=environment, capture_output=True, text=True, check=False
    )
    runners = ["serial", "local"] + ([] if up.returncode else ["ray"])
    if up.returncode:
        print(f"no runtime: {up.stderr.strip()}")
    commands = {runner: _command(folder, runner) for runner in runners}

    def apart() -> None:
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda half: quiet(_command(half, "serial"), environment), halves))

    ways: dict[str, Callable[[], object]] = {
        runner: (lambda command=command: quiet(command, environment)) for runner, command in commands.items()
    }
    ways["two commands, half each"] = apart
    try:
        costs = interleaved(ways, rounds)
        one = middle(costs["serial"])
        for name, took in costs.items():
            rate = resources / middle(took).wall
            print(told(name, took, f"  {rate:6.0f} resources/s, {one.wall / middle(took).wall:.2f} times serial"))
        for runner, command in commands.items():
            report = json.loads(said(command, environment))
            assert report["summary"]["valid"] == resources, report["summary"]
            assert report["runner"] == ("ray" if runner == "ray" else "local")
            print(f"peak memory {runner:18} {peak_of(command, environment) / 1e6:8.0f} MB")
        _where_the_time_goes(commands["local"], environment, home / "timings")
    finally:
        subprocess.run([*HOMEPERF, "down"], env=environment, capture_output=True, check=False)


def threshold(environment: dict[str, str], home: Path, *, rounds: int) -> None:
    """Print for trees of several sizes how long one process takes, and how long as many as there are processors."""
    print("\none process against a pool (the run itself, without start-up; fastest of each)")
    for resources in SIZES:
        folder = home / f"made-{resources}"
        size = make(folder, resources)
        took: dict[int, list[float]] = {1: [], _processors(): []}
        for _ in range(rounds):
            for processes, times in took.items():
                times.append(float(said([sys.executable, "-m", __name__, str(folder), str(processes)], environment)))
        alone, pool = (min(times) for times in took.values())
        print(f"{size / 1e6:6.2f} MB  {alone:7.3f} s  {pool:7.3f} s  {alone / pool:5.2f} times")


def _command(folder: Path, runner: str) -> list[str]:
    return [*HOMEPERF, "validate", str(folder), "--no-cache", "--no-timings", "--runner", runner, "-o", "json"]


def _halved(folder: Path, into: Path) -> tuple[Path, Path]:
    """Two folders with half of the files each."""
    halves = (into / "0", into / "1")
    for number, path in enumerate(sorted(folder.iterdir())):
        place = halves[number % 2] / path.name
        place.mkdir(parents=True)
        (place / "all.yaml").write_bytes((path / "all.yaml").read_bytes())
    return halves


def _where_the_time_goes(command: list[str], environment: dict[str, str], timings: Path) -> None:
    """Print how long each phase took, and each worker."""
    command = [one for one in command if one != "--no-timings"]
    begun = time.perf_counter()
    quiet([*command, "--timings", str(timings)], environment)
    whole = time.perf_counter() - begun
    (file,) = timings.rglob("*.parquet")
    spent: dict[str, float] = defaultdict(float)
    for row in pq.read_table(file).to_pylist():
        spent[f"{row['kind']} {row['worker']}"] += row["total"]
    print(f"one more run: {whole:.2f} s; " + ", ".join(f"{name} {took:.2f}" for name, took in spent.items()))


def _processors() -> int:
    return len(os.sched_getaffinity(0))


def _once(folder: str, processes: int) -> None:
    """Validate a folder in so many processes whatever its size, and print the seconds."""
    from homeperf_ray.executor.validation import spread
    from homeperf_ray.executor.validation.job import ValidateJob
    from homeperf_ray.executor.validation.run import validate
    from homeperf_ray.manifests.batch import Options
    from homeperf_ray.manifests.bundled import versions
    from homeperf_ray.manifests.files import expand

    spread.POOL_BYTES = 0
    files = tuple(map(str, expand([folder])))
    found = validate(ValidateJob(files=files, root=folder, options=Options(versions()[-1])), processes=processes)
    print(found.duration)


if __name__ == "__main__":
    _once(sys.argv[1], int(sys.argv[2]))
