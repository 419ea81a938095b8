"""``python -m benchmarks.validate``: how fast manifests are validated, whole commands, interleaved.

``tree FOLDER`` validates a folder cold (no results kept) and unchanged, against one ``kubectl apply --dry-run=client``
a file, one after another and ten at a time, where ``--kubeconfig`` names a server that kubectl may ask.
``generated`` validates resources that it makes itself: on one core, on two, and through the workers of a runtime.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from homeperf_ray.bench.memory import peak_of

HOMEPERF = (sys.executable, "-m", "homeperf_ray.cli.main")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.validate", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    modes = parser.add_subparsers(dest="mode", required=True)
    tree = modes.add_parser("tree")
    tree.add_argument("folder", type=Path)
    tree.add_argument("--schemas", type=Path)
    tree.add_argument("--kubeconfig", type=Path)
    tree.add_argument("--kubectl", default="kubectl")
    tree.add_argument("--kubectl-rounds", type=int, default=3)
    generated = modes.add_parser("generated")
    generated.add_argument("--resources", type=int, default=20_000)
    generated.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="homeperf-validate-") as home:
        environment = {**os.environ, "HOME": home, "HOMEPERF_RUNTIME_DIR": f"{home}/run"}
        environment = {name: value for name, value in environment.items() if not name.startswith("XDG_")}
        (_tree if asked.mode == "tree" else _generated)(asked, environment, Path(home))


def _tree(asked: argparse.Namespace, environment: dict[str, str], home: Path) -> None:
    schemas = ("--schemas", str(asked.schemas)) if asked.schemas else ()
    command = [*HOMEPERF, "validate", str(asked.folder), "--root", str(asked.folder), *schemas, "-o", "json"]
    cold = [*command, "--no-cache"]
    files = sorted(asked.folder.rglob("*.yaml"))
    ways: dict[str, Callable[[], object]] = {
        "cold": lambda: _quiet(cold, environment),
        "unchanged": lambda: _quiet(command, environment),
        "start-up (validate --help)": lambda: _quiet([*HOMEPERF, "validate", "--help"], environment),
    }
    slow: dict[str, Callable[[], object]] = {}
    if asked.kubeconfig:
        environment = {**environment, "KUBECONFIG": str(asked.kubeconfig)}
        base = [asked.kubectl, "apply", "--dry-run=client", "-f"]

        def one(file: Path) -> int:
            return _quiet([*base, str(file)], environment)

        def ten() -> None:
            with ThreadPoolExecutor(10) as threads:
                list(threads.map(one, files))

        slow = {"kubectl, one after another": lambda: [one(file) for file in files], "kubectl, ten at a time": ten}
    _quiet(command, environment)
    print(json.dumps(json.loads(_said(command, environment))["summary"]), f"{len(files)} files")
    times: dict[str, list[Cost]] = {name: [] for name in (*ways, *slow)}
    for number in range(asked.rounds):
        for name, way in ways.items():
            times[name].append(_timed(way))
        if number < asked.kubectl_rounds:
            for name, way in slow.items():
                times[name].append(_timed(way))
    for name, took in times.items():
        middle = _middle(took)
        fastest = min(one.wall for one in took)
        print(f"{name:30} {middle.wall:8.3f} s  cpu {middle.cpu:7.3f} s  (fastest {fastest:.3f}, {len(took)} runs)")
    for name, argv in (("cold", cold), ("unchanged", command)):
        print(f"peak memory {name:18} {peak_of(argv, environment) / 1e6:8.0f} MB")


def _generated(asked: argparse.Namespace, environment: dict[str, str], home: Path) -> None:
    folder = home / "made"
    size = make(folder, asked.resources)
    print(f"{asked.resources} resources, {size / 1e6:.1f} MB, {asked.workers} workers")
    up = subprocess.run(
        [*HOMEPERF, "up", "--workers", str(asked.workers)], env=environment, capture_output=True, text=True, check=False
    )
    runners = ["serial", "local"] + ([] if up.returncode else ["ray"])
    if up.returncode:
        print(f"no runtime: {up.stderr.strip()}")
    commands = {
        runner: [*HOMEPERF, "validate", str(folder), "--no-cache", "--runner", runner, "-o", "json"]
        for runner in runners
    }
    try:
        times: dict[str, list[Cost]] = {runner: [] for runner in runners}
        for _ in range(asked.rounds):
            for runner, command in commands.items():
                times[runner].append(_timed(lambda command=command: _quiet(command, environment)))
        for runner, took in times.items():
            report = json.loads(_said(commands[runner], environment))
            assert report["summary"]["valid"] == asked.resources, report["summary"]
            assert report["runner"] == ("ray" if runner == "ray" else "local")
            middle = _middle(took)
            memory = peak_of(commands[runner], environment) / 1e6
            rate = asked.resources / middle.wall
            print(
                f"{runner:8} {middle.wall:7.2f} s  cpu {middle.cpu:6.2f} s  {rate:8.0f} resources/s  "
                f"(fastest {min(one.wall for one in took):.2f})  peak {memory:5.0f} MB"
            )
    finally:
        subprocess.run([*HOMEPERF, "down"], env=environment, capture_output=True, check=False)


def make(folder: Path, count: int) -> int:
    """Write so many resources, ten a file, and return their size in bytes."""
    folder.mkdir()
    size = 0
    for number in range((count + 9) // 10):
        some = [_resource(number * 10 + index) for index in range(min(10, count - number * 10))]
        text = "---\n".join(some)
        (folder / f"app-{number}").mkdir()
        (folder / f"app-{number}" / "all.yaml").write_text(text)
        size += len(text)
    return size


def _resource(number: int) -> str:
    name = f"app-{number}"
    kinds = (_deployment, _service, _config, _ingress)
    return kinds[number % len(kinds)](name)


def _deployment(name: str) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{app.kubernetes.io/name: {name}}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app.kubernetes.io/name: {name}}}
  template:
    metadata:
      labels: {{app.kubernetes.io/name: {name}}}
    spec:
      containers:
        - name: app
          image: registry.example/{name}:1.2.3
          ports: [{{name: http, containerPort: 8080}}]
          env:
            - name: LOG_LEVEL
              value: info
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits: {{memory: 256Mi}}
          livenessProbe:
            httpGet: {{path: /healthz, port: http}}
"""


def _service(name: str) -> str:
    return f"""\
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  type: ClusterIP
  ports:
    - name: http
      port: 80
      targetPort: http
"""


def _config(name: str) -> str:
    lines = "\n".join(f"  key-{index}: value of {index}" for index in range(10))
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n{lines}\n"


def _ingress(name: str) -> str:
    return f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  annotations: {{example.org/class: internal}}
spec:
  rules:
    - host: {name}.example.org
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port: {{number: 80}}
"""


class Cost(NamedTuple):
    """Seconds by the clock, and of the processor, children included."""

    wall: float
    cpu: float


def _timed(way: Callable[[], object]) -> Cost:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    way()
    took, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _middle(costs: list[Cost]) -> Cost:
    return Cost(statistics.median(one.wall for one in costs), statistics.median(one.cpu for one in costs))


def _quiet(command: list[str], environment: dict[str, str]) -> int:
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode


def _said(command: list[str], environment: dict[str, str]) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    main()
