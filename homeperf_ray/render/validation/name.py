"""``-o name``: the files that have findings, one a line."""

from __future__ import annotations

from collections.abc import Iterator

from homeperf_ray.executor.validation.report import Validation
from homeperf_ray.render.escape import safe


def lines(found: Validation, width: int) -> Iterator[str]:
    """Each file once, in order."""
    yield from (safe(file.path) for file in found.files if file.faults)
