"""``-o json``: one object, in ASCII, so that no control character survives a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec

from homeperf_ray.executor.report import Report, Summary
from homeperf_ray.kube.errors import KubeError


def report_json(report: Report) -> str:
    """The report as the documented object."""
    return _dump(
        {
            "status": report.summary.status,
            "timestamp": _timestamp(report.started),
            "summary": msgspec.to_builtins(report.summary),
            "issues": [sentence(finding.namespace, finding.object, finding.message) for finding in report.findings],
            "details": msgspec.to_builtins(report.findings),
            "notes": report.notes,
            "warnings": report.warnings,
            "ledger": {**msgspec.to_builtins(report.ledger), "saved": report.ledger.saved},
            "duration_seconds": round(report.duration, 6),
            "run": report.run,
            "context": report.context,
            "server_version": report.server_version,
            "runner": report.runner,
            "workers": report.workers,
            "domains": report.domains,
            "namespaces": report.namespaces,
        }
    )


def failure_json(error: KubeError) -> str:
    """What a run that could not even begin has to say, with the same first keys."""
    return _dump(
        {
            "status": "error",
            "timestamp": _timestamp(datetime.now(UTC).timestamp()),
            "summary": msgspec.to_builtins(Summary(total=1, errors=1)),
            "issues": [error.message],
            "details": [],
            "error": {"kind": error.kind, "message": error.message, "hint": error.hint},
        }
    )


def sentence(namespace: str, name: str, message: str) -> str:
    """One finding in one sentence."""
    place = f"{namespace}/{name}" if namespace else name
    return f"{place}: {message}"


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _dump(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=True)
