"""homeperf as a user calls it: whole commands in a home of their own, and what the runtime's processes weigh."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from homeperf_ray.bench.memory import pss, tree
from homeperf_ray.bench.sample import JUDGED, SampleError

ROLES = {"ray::NodeWorker": "worker", "ray::CacheActor": "cache and Gateway", "ray::RateLimiter": "limiter"}
"""What the title of a process begins with; all others are Ray's own."""

LOOK_SECONDS = 0.1
"""Between two looks at the memory."""


class Timed(NamedTuple):
    """A check: the whole process in seconds, and what it reported."""

    wall: float
    report: dict[str, Any]

    @property
    def ledger(self) -> dict[str, Any]:
        ledger: dict[str, Any] = self.report["ledger"]
        return ledger


@dataclass
class Weights:
    """The highest PSS seen of each process, in bytes, by role: one figure a process."""

    roles: dict[int, str]
    highest: dict[int, int] = field(default_factory=dict)

    def look(self) -> None:
        for pid in self.roles:
            self.highest[pid] = max(self.highest.get(pid, 0), pss(pid))

    def of(self, role: str) -> list[int]:
        return sorted((self.highest[pid] for pid, name in self.roles.items() if name == role), reverse=True)

    @property
    def total(self) -> int:
        return sum(self.highest.values())


CONFIGURATION = "thresholds: {metrics_age: 30d}\n"
"""The embedded homelab's metrics are measured once, when it starts; a long run would find them old half-way."""


class Homeperf:
    """The command in a home of its own, with ``kubeconfig``; every call is bounded by ``timeout`` seconds."""

    def __init__(self, home: Path, kubeconfig: Path, timeout: float = 300.0) -> None:
        self._timeout = timeout
        configuration = home / ".config" / "homeperf" / "config.yaml"
        configuration.parent.mkdir(parents=True, exist_ok=True)
        configuration.write_text(CONFIGURATION)
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "HOMEPERF_RUNTIME_DIR": str(home / "run"),
            "KUBECONFIG": str(kubeconfig),
            "LANG": "C.UTF-8",
        }

    def call(self, *arguments: str) -> str:
        """What a command says. Raises SampleError where it could not do its work."""
        return self.module("homeperf_ray.cli.main", *arguments)

    def module(self, name: str, *arguments: str) -> str:
        """The same of a module that is run as a command."""
        command = [sys.executable, "-m", name, *arguments]
        done = subprocess.run(command, env=self._environment, capture_output=True, timeout=self._timeout, check=False)
        if done.returncode not in JUDGED:
            last = done.stderr.decode(errors="replace").strip()[-500:]
            raise SampleError(f"{' '.join(command[2:])} ended with code {done.returncode}: {last}")
        return done.stdout.decode()

    def check(self, *arguments: str) -> Timed:
        began = time.perf_counter()
        said = self.call("check", "-o", "json", "--no-timings", *arguments)
        return Timed(time.perf_counter() - began, json.loads(said))

    def check_weighed(self, *arguments: str) -> int:
        """The highest PSS of a check's own processes, in bytes."""
        command = [sys.executable, "-m", "homeperf_ray.cli.main", "check", "-o", "json", "--no-timings", *arguments]
        nowhere = subprocess.DEVNULL
        with subprocess.Popen(command, env=self._environment, stdout=nowhere, stderr=nowhere) as child:
            highest = 0
            while child.poll() is None:
                highest = max(highest, sum(map(pss, tree(child.pid))))
                time.sleep(LOOK_SECONDS)
        return highest

    @contextmanager
    def runtime(self, workers: int) -> Iterator[None]:
        """A runtime that is up for as long as this lasts."""
        self.call("up", "--workers", str(workers))
        try:
            yield
        finally:
            self.call("down")

    @contextmanager
    def weighing(self) -> Iterator[Weights]:
        """Look at the runtime's processes again and again for as long as this lasts."""
        weights = self.weigh()
        over = threading.Event()

        def watch() -> None:
            while not over.wait(LOOK_SECONDS):
                weights.look()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield weights
        finally:
            over.set()
            watcher.join()
            weights.look()

    def weigh(self) -> Weights:
        """What the runtime's processes weigh now."""
        weights = Weights(_roles(json.loads(self.call("status", "-o", "json"))["processes"]))
        weights.look()
        return weights


def _roles(pids: Sequence[int]) -> dict[int, str]:
    return {pid: ROLES.get(_title(pid), "Ray's own") for pid in pids}


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
    except OSError:
        return ""
