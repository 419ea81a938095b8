"""A folder of manifests, cold and unchanged, against one ``kubectl apply --dry-run=client`` a file."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.validate.costs import HOMEPERF, interleaved, middle, quiet, said, told
from homeperf_ray.bench.memory import peak_of


def measure(
    folder: Path,
    schemas: Path | None,
    environment: dict[str, str],
    *,
    rounds: int,
    kubectl: str | None,
    kubeconfig: Path | None,
) -> None:
    """Print the medians of homeperf and, where there is a server for it, of kubectl, all in the same rounds."""
    command = [*HOMEPERF, "validate", str(folder), "--root", str(folder), "-o", "json"]
    command += ["--schemas", str(schemas)] if schemas else []
    cold = [*command, "--no-cache"]
    files = sorted(folder.rglob("*.yaml"))
    ways: dict[str, Callable[[], object]] = {
        "cold": lambda: quiet(cold, environment),
        "unchanged": lambda: quiet(command, environment),
        "start-up (validate --help)": lambda: quiet([*HOMEPERF, "validate", "--help"], environment),
    }
    quiet(command, environment)
    print(f"\n{len(files)} files: {json.dumps(json.loads(said(command, environment))['summary'])}")
    costs = interleaved(ways, rounds)
    if kubectl and kubeconfig:
        ways |= _kubectl(kubectl, files, {**environment, "KUBECONFIG": str(kubeconfig)})
        costs = {name: [*costs.get(name, []), *more] for name, more in interleaved(ways, max(1, rounds // 3)).items()}
    for name, took in costs.items():
        print(told(name, took))
    for name in list(costs)[3:]:
        ratios = [f"{middle(costs[name]).wall / middle(costs[ours]).wall:.0f} times {ours}" for ours in list(ways)[:2]]
        print(f"{name}: {', '.join(ratios)}")
    for name, argv in (("cold", cold), ("unchanged", command)):
        print(f"peak memory {name:18} {peak_of(argv, environment) / 1e6:8.0f} MB")


def _kubectl(kubectl: str, files: list[Path], environment: dict[str, str]) -> dict[str, Callable[[], object]]:
    base = [kubectl, "apply", "--dry-run=client", "-f"]

    def one(file: Path) -> int:
        return quiet([*base, str(file)], environment)

    def ten() -> None:
        with ThreadPoolExecutor(10) as threads:
            list(threads.map(one, files))

    return {"kubectl, one after another": lambda: [one(file) for file in files], "kubectl, ten at a time": ten}


@contextlib.contextmanager
def server(home: Path) -> Iterator[Path | None]:
    """The kubeconfig of a genuine API server that runs meanwhile; None where KUBEBUILDER_ASSETS names none."""
    if not os.environ.get("KUBEBUILDER_ASSETS"):
        yield None
        return
    kubeconfig = home / "kubeconfig"
    command = [sys.executable, "-m", "tests.apiserver"]
    process = subprocess.Popen(
        [*command, "--kubeconfig", str(kubeconfig)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield kubeconfig if process.stdout.readline() else None
    finally:
        process.stdin.close()
        process.wait()
