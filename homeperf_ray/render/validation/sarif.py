"""``-o sarif``: SARIF 2.1.0, which GitHub's code scanning shows beside the lines of a pull request."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from homeperf_ray import __version__
from homeperf_ray.executor.validation.report import FileResult, Validation
from homeperf_ray.manifests.codes import RULES
from homeperf_ray.manifests.fault import Fault

_LEVELS = {"critical": "error", "error": "error", "warning": "warning"}


def lines(found: Validation, width: int) -> Iterator[str]:
    """One log with one run. Suppressed findings are a number in it: GitHub would show them as alerts."""
    used = sorted({fault.code for file in found.files for fault in file.faults})
    run = {
        "tool": {"driver": {"name": "homeperf", "version": __version__, "rules": [_rule(code) for code in used]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not found.counts.errors}],
        "properties": {"suppressed": found.counts.suppressed},
        "results": [_result(file, fault, used) for file in found.files for fault in file.faults],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    yield json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2)


def _uri(path: str) -> str:
    """A relative reference, or the URI of a file; whatever bytes a name has."""
    posix = PurePath(path).as_posix()
    return ("file://" if posix.startswith("/") else "") + quote(os.fsencode(posix), safe="/")


def _rule(code: str) -> dict[str, Any]:
    rule = RULES[code]
    return {
        "id": code,
        "shortDescription": {"text": rule.title},
        "help": {"text": rule.hint},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(file: FileResult, fault: Fault, used: list[str]) -> dict[str, Any]:
    about = " ".join(part for part in (fault.object, fault.field) if part)
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(file.path)},
            "region": {"startLine": fault.line, "startColumn": fault.column},
        }
    }
    if fault.object:
        location["logicalLocations"] = [{"fullyQualifiedName": about}]
    return {
        "ruleId": fault.code,
        "ruleIndex": used.index(fault.code),
        "level": _LEVELS[fault.severity],
        "message": {"text": f"{about}: {fault.message}" if about else fault.message},
        "locations": [location],
    }
