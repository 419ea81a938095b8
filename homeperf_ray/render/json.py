"""``-o json``: one object, in ASCII, so that no control character survives a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator

from homeperf_ray.executor.report import Survey
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.document import document, failed


def lines(survey: Survey, width: int) -> Iterator[str]:
    """The survey as the documented object."""
    yield json.dumps(document(survey), indent=2, ensure_ascii=True)


def failure_lines(error: KubeError) -> Iterator[str]:
    """The same for a run that could not begin."""
    yield json.dumps(failed(error), indent=2, ensure_ascii=True)
