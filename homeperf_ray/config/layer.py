"""What a configuration file says: layers of options, limits and lists."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.checks.thresholds import Override
from homeperf_ray.config.probes import Probes
from homeperf_ray.config.value import Value


class Layer(msgspec.Struct, frozen=True):
    """The top level or a profile: options by name, limits by name, and the lists."""

    options: Mapping[str, Value[Any]] = {}
    limits: Mapping[str, Value[float]] = {}
    overrides: tuple[Value[Override], ...] = ()
    suppressions: tuple[Value[Suppression], ...] = ()
    probes: Probes = Probes()


class Loaded(msgspec.Struct, frozen=True):
    """The top level and the chosen profile.

    ``file`` is None where there is none, ``profile`` is empty where none is chosen.
    """

    top: Layer = Layer()
    chosen: Layer = Layer()
    file: Path | None = None
    profile: str = ""
