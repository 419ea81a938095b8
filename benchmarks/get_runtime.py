"""``python -m benchmarks.get_runtime``: `homeperf get` through a warm runtime against the same in its own process.

Both print to nowhere, interleaved in one run, from a small homelab and from one with ``--pods`` pods. Times are medians
of whole commands and their median ratio; memory is the peak PSS of the command's own processes, without the runtime.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

from homeperf_ray.bench.memory import peak_of
from homeperf_ray.sim.process import start

SMALL = {
    "pods,pvc,ingress of five namespaces": (
        "pods,pvc,ingress",
        "-n",
        "media,monitoring,home-assistant,databases,network",
    ),
    "nodes": ("nodes",),
    "twenty kinds": (
        "pods,svc,cm,secrets,pvc,pv,nodes,ns,sa,deploy,sts,ds,rs,jobs,cronjobs,ing,sc,hr,ks,certificates",
        "-A",
    ),
}
LARGE = {
    "pods -A, table": ("pods", "-A"),
    "pods -A -o json": ("pods", "-A", "-o", "json"),
    "pods -A -o name": ("pods", "-A", "-o", "name"),
}


def main() -> None:
    """Start the runtime and the homelabs, run the rounds and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=7)
    parser.add_argument("--pods", type=int, default=5_000)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hp-") as home:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "HOMEPERF_RUNTIME_DIR": f"{home}/run"}
        _run(["up", "--workers", str(chosen.workers)], environment)
        try:
            print("| what | MB | local s | ray s | local / ray | local peak MB | ray peak MB |")
            print("| --- | --- | --- | --- | --- | --- | --- |")
            with start() as sim:
                _table(SMALL, {**environment, "KUBECONFIG": str(sim.kubeconfig)}, chosen.samples)
            with start(pods=chosen.pods, namespaces=100, nodes=20) as sim:
                _table(LARGE, {**environment, "KUBECONFIG": str(sim.kubeconfig)}, chosen.samples)
        finally:
            _run(["down"], environment)


def _table(wanted: Mapping[str, Sequence[str]], environment: Mapping[str, str], samples: int) -> None:
    for name, arguments in wanted.items():
        walls: dict[str, list[float]] = {"local": [], "ray": []}
        for number in range(-1, samples):
            for runner, times in walls.items():
                began = time.perf_counter()
                size = _run(["get", *arguments, "--runner", runner], environment)
                if number >= 0:
                    times.append(time.perf_counter() - began)
        local, ray = walls["local"], walls["ray"]
        ratio = statistics.median(one / other for one, other in zip(local, ray, strict=True))
        peaks = [peak_of(_command(["get", *arguments, "--runner", runner]), environment) / 1e6 for runner in walls]
        medians = f"{statistics.median(local):.2f} | {statistics.median(ray):.2f}"
        print(f"| {name} | {size / 1e6:.2f} | {medians} | {ratio:.2f} | {peaks[0]:.0f} | {peaks[1]:.0f} |", flush=True)


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """How many bytes a command printed."""
    done = subprocess.run(_command(arguments), env=dict(environment), stdout=subprocess.PIPE, check=True)
    return len(done.stdout)


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "homeperf_ray.cli.main", *arguments]


if __name__ == "__main__":
    main()
