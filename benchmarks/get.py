"""``python -m benchmarks.get``: `homeperf get` against the same with kubectl, interleaved in one run.

Every way prints the pods, claims and ingresses of the same namespaces. Times are medians of whole commands, requests
are those that the embedded homelab received, memory is the peak PSS of the process tree in a run of its own.
"""

from __future__ import annotations

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

from homeperf_ray.bench.memory import peak_of
from homeperf_ray.sim.process import RunningSim, start

KINDS = ("pods", "pvc", "ingress")


def ways(namespaces: Sequence[str]) -> dict[str, list[str]]:
    """The commands by name; the first is what the others are compared with."""
    homeperf = f"{shlex.quote(sys.executable)} -m homeperf_ray.cli.main"
    one_each = "; ".join(f"kubectl get {kind} -n {place}" for place in namespaces for kind in KINDS)
    one_a_namespace = "; ".join(f"kubectl get {','.join(KINDS)} -n {place}" for place in namespaces)
    at_once = f"printf '%s\\n' {' '.join(namespaces)} | xargs -P 10 -I@ kubectl get {','.join(KINDS)} -n @"
    shell = {
        "kubectl, one a kind and namespace": one_each,
        "kubectl, one a namespace": one_a_namespace,
        "kubectl, one a namespace, ten at once": at_once,
        "homeperf get": f"{homeperf} get {','.join(KINDS)} -n {','.join(namespaces)} --no-timings",
    }
    return {name: ["bash", "-c", script] for name, script in shell.items()}


def main() -> None:
    """Run the rounds and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=7)
    parser.add_argument("--latency", type=float, default=0.0, help="of the server, in milliseconds")
    parser.add_argument("--namespaces", default="media,monitoring,home-assistant,databases,network")
    chosen = parser.parse_args()
    commands = ways(chosen.namespaces.split(","))
    with tempfile.TemporaryDirectory() as home, start(latency=chosen.latency / 1000) as sim:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "KUBECONFIG": str(sim.kubeconfig)}
        _table(commands, environment, sim, chosen.samples)


def _table(
    commands: Mapping[str, Sequence[str]], environment: Mapping[str, str], sim: RunningSim, samples: int
) -> None:
    walls: dict[str, list[float]] = {name: [] for name in commands}
    requests: dict[str, int] = {}
    for number in range(-1, samples):
        for name, command in commands.items():
            sim.reset_counts()
            began = time.perf_counter()
            subprocess.run(command, env=dict(environment), stdout=subprocess.DEVNULL, check=True)
            if number >= 0:
                walls[name].append(time.perf_counter() - began)
            requests[name] = int(sim.counts()["total"])
    print("| way | wall s | times faster | requests | peak MB |")
    print("| --- | --- | --- | --- | --- |")
    baseline = next(iter(walls.values()))
    for name, command in commands.items():
        ratio = statistics.median(old / new for old, new in zip(baseline, walls[name], strict=True))
        peak = peak_of(command, environment) / 1e6
        print(f"| {name} | {statistics.median(walls[name]):.3f} | {ratio:.1f} | {requests[name]} | {peak:.0f} |")


if __name__ == "__main__":
    main()
