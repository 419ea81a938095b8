"""``-o jsonl``: a line a finding, then the summary."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

from homeperf_ray.executor.validation.report import Validation
from homeperf_ray.render.validation.document import detail, status


def lines(found: Validation, width: int) -> Iterator[str]:
    """Findings have ``type`` finding or suppressed, the last line has ``type`` summary."""
    for file in found.files:
        for kind, faults in (("finding", file.faults), ("suppressed", file.suppressed)):
            for fault in faults:
                yield json.dumps({"type": kind, **detail(file, fault)})
    yield json.dumps({"type": "summary", "status": status(found), **msgspec.to_builtins(found.counts)})
