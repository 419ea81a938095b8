"""The documented object of ``-o json`` and ``-o yaml``, as plain values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from homeperf_ray.checks.finding import Finding
from homeperf_ray.executor.report import Changes, Report, Summary, Survey
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.probes import document as probed
from homeperf_ray.render.volumes import plain


def document(survey: Survey) -> dict[str, Any]:
    """One object for a survey. The first five keys are those that scripts have always parsed."""
    summary, ledger = survey.summary, survey.ledger
    found: dict[str, Any] = {
        "status": summary.status,
        "timestamp": timestamp(survey.started),
        "summary": msgspec.to_builtins(summary),
        "issues": [_issue(survey, report, finding) for report in survey.reports for finding in report.findings],
        "details": [detail(report, finding) for report in survey.reports for finding in report.findings],
        "suppressed": [detail(report, finding) for report in survey.reports for finding in report.suppressed],
        "volumes": [one for report in survey.reports for one in plain(report, timestamp)],
        **_probes(survey),
        "notes": _each(note for report in survey.reports for note in report.notes),
        "warnings": _each(warning for report in survey.reports for warning in report.warnings),
        "ledger": {**msgspec.to_builtins(ledger), "saved": ledger.saved},
        "duration_seconds": round(survey.duration, 6),
    }
    first, *others = survey.reports
    return found | ({"contexts": [_context(one) for one in survey.reports]} if others else _about(first))


def failed(error: KubeError) -> dict[str, Any]:
    """What a run that could not even begin has to say, with the same first keys."""
    return {
        "status": "error",
        "timestamp": timestamp(datetime.now(UTC).timestamp()),
        "summary": msgspec.to_builtins(Summary(total=1, errors=1)),
        "issues": [error.message],
        "details": [],
        "error": {"kind": error.kind, "message": error.message, "hint": error.hint},
    }


def detail(report: Report, finding: Finding) -> dict[str, Any]:
    """One finding, and in which context."""
    return {**msgspec.to_builtins(finding), "context": report.context}


def sentence(finding: Finding) -> str:
    """One finding in one sentence."""
    place = f"{finding.namespace}/{finding.object}" if finding.namespace else finding.object
    return f"{place}: {finding.message}"


def _issue(survey: Survey, report: Report, finding: Finding) -> str:
    """The sentence of a finding, with its context where there are several."""
    return f"{report.context}: {sentence(finding)}" if len(survey.reports) > 1 else sentence(finding)


def timestamp(seconds: float) -> str:
    """Unix time as RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _context(report: Report) -> dict[str, Any]:
    """One context among several, without its findings."""
    summary = {"status": report.summary.status, "summary": msgspec.to_builtins(report.summary)}
    ledger = {**msgspec.to_builtins(report.ledger), "saved": report.ledger.saved}
    return summary | _about(report) | {"ledger": ledger, "duration_seconds": round(report.duration, 6)}


def _about(report: Report) -> dict[str, Any]:
    failure = report.failure
    return {
        "run": report.run,
        "context": report.context,
        "server_version": report.server_version,
        "runner": report.runner,
        "workers": report.workers,
        "domains": report.domains,
        "namespaces": report.namespaces,
        **({"changes": _changes(report.changes)} if report.changes else {}),
        **({"error": {"kind": failure.kind, "message": failure.message, "hint": failure.hint}} if failure else {}),
    }


def _changes(changes: Changes) -> dict[str, Any]:
    return {
        "since": timestamp(changes.since),
        "new": [dict(zip(("code", "namespace", "object", "part"), key, strict=True)) for key in changes.new],
        "fixed": [msgspec.to_builtins(finding) for finding in changes.fixed],
        "unknown": [msgspec.to_builtins(finding) for finding in changes.unknown],
    }


def _probes(survey: Survey) -> dict[str, Any]:
    """What was probed, where that was asked for."""
    there = [probed(one) | {"context": report.context} for report in survey.reports for one in report.probes]
    return {"probes": there} if there else {}


def _each(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
