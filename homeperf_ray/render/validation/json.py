"""``-o json``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from homeperf_ray.executor.validation.report import Validation
from homeperf_ray.render.validation.document import document


def lines(found: Validation, width: int) -> Iterator[str]:
    """One object, indented."""
    yield json.dumps(document(found), indent=2)
