"""``-o jsonl``: one finding a line, worst first in each context, and the summary at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator

from homeperf_ray.executor.report import Survey
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.document import detail, document, failed, timestamp
from homeperf_ray.render.volumes import plain

_ELSEWHERE = ("issues", "details", "suppressed", "volumes")


def lines(survey: Survey, width: int) -> Iterator[str]:
    """Objects of the types ``finding``, ``suppressed`` and ``volume``, and one of the type ``summary`` as the last."""
    for report in survey.reports:
        for kind, findings in (("finding", report.findings), ("suppressed", report.suppressed)):
            for finding in findings:
                yield json.dumps({"type": kind, **detail(report, finding)})
        yield from (json.dumps({"type": "volume", **one}) for one in plain(report, timestamp))
    rest = {name: value for name, value in document(survey).items() if name not in _ELSEWHERE}
    yield json.dumps({"type": "summary", **rest})


def failure_lines(error: KubeError) -> Iterator[str]:
    """The summary of a run that could not begin."""
    yield json.dumps({"type": "summary", **{k: v for k, v in failed(error).items() if k not in _ELSEWHERE}})
