"""``python -m benchmarks.volumes``: use of every mounted claim, by `check storage --kubelet` and by one `df` a claim.

The scripts list pods and claims and then run ``df`` in a pod of each mounted claim, as scripts do: by ``stream`` of the
``kubernetes`` client, one after the other or ten at a time. `homeperf` judges the rest of the storage domain besides.
All ways are whole commands, interleaved, and find the same claims above 80 %. Times are medians, requests those that
the embedded homelab received, with those to the kubelets' own ports apart.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence

from homeperf_ray.sim.process import RunningSim, start

BASELINE = "df by exec, one after the other"

CHECK = (
    "-m",
    "homeperf_ray.cli.main",
    "check",
    "storage",
    "--kubelet",
    "--runner",
    "local",
    "-o",
    "json",
    "--no-timings",
)


def ways() -> dict[str, list[str]]:
    """The commands by name; the first is what the others are compared with."""
    python = sys.executable
    return {
        BASELINE: [python, "-m", "benchmarks.volumes", "--script", "1"],
        "df by exec, ten at a time": [python, "-m", "benchmarks.volumes", "--script", "10"],
        "check --kubelet, through the API server": [python, *CHECK, "--context", "proxy"],
        "check --kubelet, directly": [python, *CHECK, "--context", "stats"],
    }


def script(at_once: int) -> None:
    """What a script does: list, then one exec of ``df`` a mounted claim; prints what is 80 % full or more as JSON."""
    from concurrent.futures import ThreadPoolExecutor

    from kubernetes import client, config
    from kubernetes.stream import stream

    config.load_kube_config()
    core = client.CoreV1Api()
    bound = {
        (claim.metadata.namespace, claim.metadata.name)
        for claim in core.list_persistent_volume_claim_for_all_namespaces().items
        if claim.status.phase == "Bound"
    }
    places: dict[tuple[str, str], tuple[str, str, str]] = {}
    for pod in core.list_pod_for_all_namespaces(field_selector="status.phase=Running").items:
        volumes = {one.name: one.persistent_volume_claim for one in pod.spec.volumes or ()}
        running = {one.name for one in pod.status.container_statuses or () if one.state.running}
        for container in pod.spec.containers:
            for mount in container.volume_mounts or ():
                claim = volumes.get(mount.name)
                key = (pod.metadata.namespace, claim.claim_name) if claim else ("", "")
                if key in bound and container.name in running:
                    places.setdefault(key, (pod.metadata.name, container.name, mount.mount_path))

    def share(item: tuple[tuple[str, str], tuple[str, str, str]]) -> tuple[str, str, int]:
        (namespace, claim), (pod, container, path) = item
        # Each thread has a client of its own: stream() changes the client that it is given.
        exec_ = client.CoreV1Api(client.ApiClient()).connect_get_namespaced_pod_exec
        said = stream(exec_, pod, namespace, container=container, command=["df", "-P", path], stdout=True, stderr=True)
        return namespace, claim, int(said.splitlines()[1].split()[4].rstrip("%"))

    with ThreadPoolExecutor(at_once) as threads:
        found = list(threads.map(share, places.items()))
    print(json.dumps({"measured": len(found), "full": sorted([one[0], one[1]] for one in found if one[2] >= 80)}))


def main() -> None:
    """Run the rounds and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.0, help="of the API server, in milliseconds")
    parser.add_argument("--nodes", type=int, default=6)
    parser.add_argument("--pods", type=int, default=300)
    parser.add_argument("--pvcs", type=int, default=40)
    parser.add_argument("--script", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.script:
        script(chosen.script)
        return
    sizes = {"nodes": chosen.nodes, "pods": chosen.pods, "pvcs": chosen.pvcs}
    with tempfile.TemporaryDirectory() as home, start(latency=chosen.latency / 1000, kubelets="signed", **sizes) as sim:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "KUBECONFIG": str(sim.kubeconfig)}
        _table(ways(), environment, sim, chosen.samples)


def _table(
    commands: Mapping[str, Sequence[str]], environment: Mapping[str, str], sim: RunningSim, samples: int
) -> None:
    walls: dict[str, list[float]] = {name: [] for name in commands}
    requests: dict[str, tuple[int, int]] = {}
    found: dict[str, tuple[int, list[list[str]]]] = {}
    for number in range(-1, samples):
        for name, command in commands.items():
            sim.reset_counts()
            kubelets = _came(sim)
            began = time.perf_counter()
            done = subprocess.run(command, env=dict(environment), capture_output=True, check=False)
            if number >= 0:
                walls[name].append(time.perf_counter() - began)
            requests[name] = int(sim.counts()["total"]), _came(sim) - kubelets
            found[name] = _found(json.loads(done.stdout))
    _agree(found)
    print("| way | wall s | times faster | requests to the API server | to kubelets | claims measured |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in commands:
        ratios = [old / new for old, new in zip(walls[BASELINE], walls[name], strict=True)]
        span = f"{statistics.median(ratios):.1f} ({min(ratios):.1f}-{max(ratios):.1f})"
        server, kubelets = requests[name]
        wall = statistics.median(walls[name])
        print(f"| {name} | {wall:.3f} | {span} | {server} | {kubelets} | {found[name][0]} |")


def _came(sim: RunningSim) -> int:
    return sum(sim.kubelets()["received"].values())


def _found(said: dict[str, object]) -> tuple[int, list[list[str]]]:
    """How many claims a way has measured, and which of them are 80 % full or more."""
    if "full" in said:
        return said["measured"], said["full"]  # type: ignore[return-value]
    volumes: list[dict[str, object]] = said["volumes"]  # type: ignore[assignment]
    full = sorted([str(one["namespace"]), str(one["claim"])] for one in volumes if one["used_percent"] >= 80)  # type: ignore[operator]
    return len(volumes), full


def _agree(found: Mapping[str, tuple[int, list[list[str]]]]) -> None:
    """A way that finds something else is no way to compare with: say so and end."""
    full = {json.dumps(one) for _, one in found.values()}
    if len(full) != 1:
        sys.exit(f"the ways disagree on what is full: {found}")


if __name__ == "__main__":
    main()
