"""What is wrong with a manifest, and what became of each document."""

from __future__ import annotations

from typing import Literal

import msgspec

from homeperf_ray.manifests.codes import RULES, Severity
from homeperf_ray.manifests.values import Path, Place, place


class Fault(msgspec.Struct, frozen=True, array_like=True):
    """One thing that is wrong. ``object`` is ``Kind/name``, ``field`` the path in it; line and column count from 1."""

    code: str
    severity: Severity
    line: int
    column: int
    message: str
    namespace: str = ""
    object: str = ""
    field: str = ""


Status = Literal["valid", "invalid", "skipped", "error"]


class Judged(msgspec.Struct, frozen=True, array_like=True):
    """One document or item of a List: what it is, and what became of it. ``reason`` says why it was skipped.

    ``unjudged`` is true for what should have been judged and could not be: a kind without a schema.
    """

    status: Status
    line: int
    namespace: str = ""
    object: str = ""
    reason: str = ""
    unjudged: bool = False


class Collector:
    """Collects the faults of one object."""

    def __init__(self, namespace: str = "", name: str = "") -> None:
        self.faults: list[Fault] = []
        self._namespace = namespace
        self._object = name

    def add(self, code: str, path: Path, message: str, *, key: bool = False, severity: Severity | None = None) -> None:
        """One fault, of the value at ``path`` or of its key."""
        self.at(code, place(path, key=key), message, str(path), severity=severity)

    def at(self, code: str, where: Place, message: str, field: str = "", *, severity: Severity | None = None) -> None:
        """One fault at a place."""
        chosen = severity or RULES[code].severity
        fault = Fault(code, chosen, where.line, where.column, message, self._namespace, self._object, field)
        if fault not in self.faults:
            self.faults.append(fault)
