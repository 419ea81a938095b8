"""``-o prometheus``: for the textfile collector of node_exporter, in the text exposition format 0.0.4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from homeperf_ray.executor.report import Report, Survey
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.escape import safe

Sample = tuple[Mapping[str, str], float]


def lines(survey: Survey, width: int) -> Iterator[str]:
    """Gauges of the last run. Series are a code and namespace, never an object: their number stays bounded."""
    reports = survey.reports
    yield from _metric("homeperf_up", "Whether the API server could be read.", map(_up, reports))
    yield from _metric(
        "homeperf_server_info",
        "The version of the API server, where it could be read.",
        (({**_context(report), "version": report.server_version}, 1) for report in reports if not report.failure),
    )
    yield from _metric(
        "homeperf_objects",
        "Objects judged, by what became of them.",
        (one for report in reports for one in _objects(report)),
    )
    yield from _metric(
        "homeperf_findings", "Findings by code and namespace.", (one for report in reports for one in _findings(report))
    )
    yield from _metric(
        "homeperf_findings_suppressed",
        "Findings that the configuration hides.",
        ((_context(report), len(report.suppressed)) for report in reports),
    )
    yield from _metric(
        "homeperf_requests",
        "Requests that the last run sent to the API server.",
        ((_context(report), report.ledger.sent) for report in reports),
    )
    yield from _metric(
        "homeperf_duration_seconds", "How long the last run took.", ((_context(one), one.duration) for one in reports)
    )
    yield from _metric(
        "homeperf_last_run_timestamp_seconds",
        "When the last run began, in Unix time.",
        ((_context(report), report.started) for report in reports),
    )


def failure_lines(error: KubeError) -> Iterator[str]:
    """That nothing is up: a run that could not begin names no context."""
    yield from _metric("homeperf_up", "Whether the API server could be read.", [({}, 0)])


def _up(report: Report) -> Sample:
    return _context(report), 0 if report.failure else 1


def _objects(report: Report) -> Iterator[Sample]:
    summary = report.summary
    counts = {"healthy": summary.healthy, "warning": summary.warnings, "critical": summary.critical}
    for state, count in {**counts, "error": summary.errors}.items():
        yield {**_context(report), "state": state}, count


def _findings(report: Report) -> Iterator[Sample]:
    counts = Counter((one.code, one.severity, one.domain, one.namespace) for one in report.findings)
    for (code, severity, domain, namespace), count in sorted(counts.items()):
        labels = {"code": code, "severity": severity, "domain": domain, "namespace": namespace}
        yield {**_context(report), **labels}, count


def _context(report: Report) -> dict[str, str]:
    return {"context": report.context}


def _metric(name: str, help_text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples:
        inner = ",".join(f'{label}="{_quoted(text)}"' for label, text in labels.items())
        yield f"{name}{{{inner}}} {value!r}" if inner else f"{name} {value!r}"


def _quoted(text: str) -> str:
    """A label value: what is invisible is written out, then backslashes, quotes and line feeds are escaped."""
    return safe(text).replace("\\", "\\\\").replace('"', '\\"')
