"""The report of a validation."""

from __future__ import annotations

import msgspec

from homeperf_ray.manifests.fault import Fault, Judged
from homeperf_ray.timings.operation import Operation


class FileResult(msgspec.Struct, frozen=True):
    """One file: its documents and its faults, in the order of its lines; ``suppressed`` are known and do not count."""

    path: str
    judged: tuple[Judged, ...]
    faults: tuple[Fault, ...]
    suppressed: tuple[Fault, ...] = ()


class Counts(msgspec.Struct, frozen=True):
    """Documents by what became of them; they add up to ``total``. ``unjudged`` skipped ones should not have been.

    ``warnings`` and ``suppressed`` count findings.
    """

    total: int
    valid: int
    invalid: int
    skipped: int
    errors: int
    warnings: int
    suppressed: int
    unjudged: int


class Validation(msgspec.Struct, frozen=True):
    """What was found. ``kept`` files had a result that still holds; ``operations`` are its timings, in seconds."""

    version: str
    started: float
    duration: float
    files: tuple[FileResult, ...]
    notes: tuple[str, ...]
    runner: str
    workers: int
    known: int
    kept: int
    operations: tuple[Operation, ...] = ()

    @property
    def counts(self) -> Counts:
        """How many documents are how; a document with warnings only is valid."""
        judged = [one for file in self.files for one in file.judged]
        by = {name: sum(one.status == name for one in judged) for name in ("valid", "invalid", "skipped", "error")}
        return Counts(
            total=len(judged),
            valid=by["valid"],
            invalid=by["invalid"],
            skipped=by["skipped"],
            errors=by["error"],
            warnings=sum(fault.severity == "warning" for file in self.files for fault in file.faults),
            suppressed=sum(len(file.suppressed) for file in self.files),
            unjudged=sum(one.unjudged for one in judged),
        )
