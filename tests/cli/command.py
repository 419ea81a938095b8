"""Run homeperf as a user does: a process of its own, in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def codes(self) -> set[str]:
        return {finding["code"] for finding in self.report["details"]}


class Homeperf:
    """``run`` calls the command with an empty home, no ambient configuration and no runtime."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "HOMEPERF_RUNTIME_DIR": str(home / "run"),
            "LANG": "C.UTF-8",
        }

    def run(self, *arguments: str, timeout: float = 60, **environment: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "homeperf_ray.cli.main", *arguments],
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def check(
        self, kubeconfig: Path | str, *arguments: str, runner: str = "local", details: int = 0, **environment: str
    ) -> Done:
        """Without details but where they are asked for: what LISTs tell, and nothing else."""
        chosen = ("--runner", runner, "--details", str(details), "-o", "json")
        return self.run("check", "--kubeconfig", str(kubeconfig), *chosen, *arguments, **environment)

    @property
    def parquet(self) -> list[Path]:
        return sorted((self.home / ".local/state/homeperf/timings").rglob("*.parquet"))
