"""The versions of what a process of the runtime is made of."""

from __future__ import annotations

import platform

import pyarrow as pa
import ray

from homeperf_ray import __version__


def versions() -> dict[str, str]:
    """By name: ``homeperf``, ``python``, ``ray``, ``pyarrow``."""
    return {
        "homeperf": __version__,
        "python": platform.python_version(),
        "ray": ray.__version__,
        "pyarrow": pa.__version__,
    }
