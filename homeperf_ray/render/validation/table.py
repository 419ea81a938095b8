"""``-o table``: for people, and for editors that jump to ``path:line:column``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import click

from homeperf_ray.executor.validation.report import Validation
from homeperf_ray.render.escape import safe
from homeperf_ray.render.headline import COLOURS
from homeperf_ray.render.validation.document import status

_COLOURS = {**COLOURS, "invalid": "red", "valid": "green"}


def lines(found: Validation, width: int) -> Iterator[str]:
    """Findings by file and line, what was skipped and why, what is to know, the summary."""
    for file in found.files:
        for fault in file.faults:
            place = click.style(f"{safe(file.path)}:{fault.line}:{fault.column}", bold=True)
            code = click.style(f"{fault.code} {fault.severity}", fg=_COLOURS[fault.severity])
            about = " ".join(safe(part) for part in (fault.object, fault.field) if part)
            yield f"{place}: {code}: {about + ': ' if about else ''}{safe(fault.message)}"
    skipped = Counter(one.reason for file in found.files for one in file.judged if one.status == "skipped")
    for reason, count in sorted(skipped.items()):
        yield f"skipped {count}: {safe(reason)}"
    yield from (f"note: {safe(note)}" for note in found.notes)
    counts = found.counts
    told = click.style(status(found), fg=_COLOURS[status(found)], bold=True)
    parts = [
        f"{counts.valid} valid",
        f"{counts.invalid} invalid",
        f"{counts.skipped} skipped",
        f"{counts.errors} not judged",
    ]
    warned = f"; {counts.warnings} warning{'s' * (counts.warnings != 1)}" if counts.warnings else ""
    hidden = f"; {counts.suppressed} suppressed" if counts.suppressed else ""
    yield (
        f"{told}: {counts.total} resources in {len(found.files)} files: {', '.join(parts)}{warned}{hidden}; "
        f"Kubernetes {found.version}; {found.duration:.2f} s, {found.kept} results kept"
    )
