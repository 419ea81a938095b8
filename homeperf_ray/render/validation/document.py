"""The object of ``-o json`` and the lines of ``-o jsonl``, as plain values."""

from __future__ import annotations

from typing import Any

import msgspec

from homeperf_ray.executor.validation.report import FileResult, Validation
from homeperf_ray.manifests.codes import RULES
from homeperf_ray.manifests.fault import Fault
from homeperf_ray.render.document import timestamp


def status(found: Validation) -> str:
    """``error`` where something could not be judged, else ``invalid``, ``warning`` or ``valid``."""
    counts = found.counts
    if counts.errors:
        return "error"
    return "invalid" if counts.invalid else "warning" if counts.warnings else "valid"


def document(found: Validation) -> dict[str, Any]:
    """One object: ``status``, ``summary`` (it adds up), ``issues``, ``details``, ``suppressed``, ``skipped``, notes."""
    return {
        "status": status(found),
        "timestamp": timestamp(found.started),
        "summary": msgspec.to_builtins(found.counts),
        "issues": [sentence(file, fault) for file in found.files for fault in file.faults],
        "details": [detail(file, fault) for file in found.files for fault in file.faults],
        "suppressed": [detail(file, fault) for file in found.files for fault in file.suppressed],
        "skipped": [
            {"path": file.path, "line": one.line, "object": one.object, "reason": one.reason}
            for file in found.files
            for one in file.judged
            if one.status == "skipped"
        ],
        "notes": list(found.notes),
        "kubernetes_version": found.version,
        "files": {"validated": len(found.files), "known": found.known, "kept": found.kept},
        "runner": found.runner,
        "workers": found.workers,
        "duration_seconds": round(found.duration, 6),
    }


def detail(file: FileResult, fault: Fault) -> dict[str, Any]:
    """One finding."""
    return {
        "code": fault.code,
        "severity": fault.severity,
        "domain": "manifests",
        "path": file.path,
        "line": fault.line,
        "column": fault.column,
        "namespace": fault.namespace,
        "object": fault.object,
        "field": fault.field,
        "message": fault.message,
        "hint": RULES[fault.code].hint,
    }


def sentence(file: FileResult, fault: Fault) -> str:
    """One finding in one line: ``path:line:column: Kind/name: field: message``."""
    parts = [f"{file.path}:{fault.line}:{fault.column}", fault.object, fault.field, fault.message]
    return ": ".join(part for part in parts if part)
