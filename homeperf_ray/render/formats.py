"""The output formats by name."""

from __future__ import annotations

from collections.abc import Iterator

from homeperf_ray.executor.report import Survey
from homeperf_ray.kube.errors import KubeError

FOR_PEOPLE = frozenset({"table", "wide"})


def render(survey: Survey, output: str) -> Iterator[str]:
    """The lines of a survey."""
    if output == "json":
        from homeperf_ray.render.json import report_json

        yield report_json(survey.reports[0])
        return
    from homeperf_ray.render.table import report_lines

    for report in survey.reports:
        if not report.failure:
            yield from report_lines(report)


def failure(error: KubeError, output: str) -> Iterator[str]:
    """The lines of a run that could not begin."""
    if output == "json":
        from homeperf_ray.render.json import failure_json

        yield failure_json(error)
