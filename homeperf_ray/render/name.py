"""``-o name``: what is sick, one object a line, as kubectl takes it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from homeperf_ray.executor.report import Survey
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.escape import safe


def lines(survey: Survey, width: int) -> Iterator[str]:
    """``-n media pod/web-0``, each object once, worst first; with ``--context`` where there are several.

    Every word is quoted for a shell where it must be, so that ``xargs kubectl get`` takes a line as it is. What could
    not be judged is no object and is left out.
    """
    several = len(survey.reports) > 1
    seen: set[str] = set()
    for report in survey.reports:
        for finding in report.findings:
            if finding.severity == "error":
                continue
            kind, _, name = finding.object.partition("/")
            words = [f"--context={report.context}"] if several else []
            words += ["-n", finding.namespace] if finding.namespace else []
            line = " ".join(shlex.quote(safe(word)) for word in (*words, f"{kind.lower()}/{name}"))
            if line not in seen:
                seen.add(line)
                yield line


def failure_lines(error: KubeError) -> Iterator[str]:
    """Nothing: a run that could not begin has found nobody sick."""
    yield from ()
