"""Start the actors of a cluster from its head. Nothing here imports ray; the process that it starts does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from homeperf_ray.actors.serving import Serving
from homeperf_ray.kube.errors import ConfigError, Unreachable

PATIENCE = 120.0
"""Seconds within which the actors are there."""

_LAST_WORDS = 3


def ray_address(environ: Mapping[str, str] = os.environ, *, wait: float = 0.0) -> str:
    """The address of the Ray whose head this is, which is waited for. Raises ConfigError and Unreachable.

    One without a token is refused: whoever reached it could run code in it.
    """
    if environ.get("RAY_AUTH_MODE") != "token":
        raise ConfigError(
            "RAY_AUTH_MODE is not token: a Ray without one runs code for everybody who reaches it",
            "Start Ray as cluster.yaml does: RAY_AUTH_MODE=token and RAY_AUTH_TOKEN_PATH, for serve too.",
        )
    if named := environ.get("RAY_ADDRESS", ""):
        return named
    file = Path(environ.get("RAY_TMPDIR") or "/tmp") / "ray" / "ray_current_cluster"  # noqa: S108 - Ray's own place
    deadline = time.monotonic() + wait
    while not file.exists():
        if time.monotonic() >= deadline:
            raise Unreachable(
                "no Ray runs on this machine", "Start it first, as cluster.yaml does: ray start --head ..."
            )
        time.sleep(0.2)
    return file.read_text().strip()


def start(address: str, serving: Serving) -> None:
    """Make the actors, those of an earlier call replaced. Raises Unreachable with the last words of what failed."""
    command = [sys.executable, "-m", "homeperf_ray.actors.boot_cluster", address, msgspec.json.encode(serving).decode()]
    quiet = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0"}
    try:
        done = subprocess.run(
            command, env={**os.environ, **quiet}, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unreachable(f"the runtime did not start within {PATIENCE:.0f} s", "ray status says how Ray is.") from None
    if done.returncode:
        words = [line for line in done.stderr.strip().splitlines() if line.strip()][-_LAST_WORDS:]
        raise Unreachable(f"the runtime did not start: {' / '.join(words)}", "ray status says how Ray is.")
