"""What is said of one file in the end: its own outcome, what the tree adds, what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.executor.validation.report import FileResult
from homeperf_ray.manifests.fault import Fault, Judged
from homeperf_ray.manifests.outcome import Outcome

_RANK = {"valid": 0, "skipped": 1, "error": 2, "invalid": 3}
_BROKEN = frozenset({"HP901", "HP902", "HP903"})


def both(one: Outcome, other: Outcome) -> Outcome:
    """A file under two sets of variables: every fault once, of each document the worse."""
    judged = tuple(
        max(pair, key=lambda held: _RANK[held.status]) for pair in zip(one.judged, other.judged, strict=False)
    )
    return Outcome(judged, tuple(dict.fromkeys((*one.faults, *other.faults))), one.facts)


def result_of(path: str, outcome: Outcome, extra: Iterable[Fault] = (), aside: str = "") -> FileResult:
    """The result of a file. ``extra`` are faults between objects; ``aside`` says why it is no object of its own."""
    if aside and not any(fault.code in _BROKEN for fault in outcome.faults):
        return FileResult(path, tuple(Judged("skipped", one.line, reason=aside) for one in outcome.judged), ())
    faults = sorted({*outcome.faults, *extra}, key=lambda fault: (fault.line, fault.column, fault.code, fault.message))
    judged = list(outcome.judged)
    for fault in extra:
        if fault.severity == "critical":
            index = _holder(judged, fault)
            if index is not None and judged[index].status != "error":
                judged[index] = msgspec.structs.replace(judged[index], status="invalid", reason="", unjudged=False)
    return FileResult(path, tuple(judged), tuple(faults))


def without_known(result: FileResult, inner: str, suppressions: Sequence[Suppression], today: date) -> FileResult:
    """The result with the findings apart that the user has decided to live with. ``inner`` is its path below the root.

    A document that has no other critical ones is valid then. What could not be judged cannot be suppressed.
    """
    known = [
        fault
        for fault in result.faults
        if fault.severity != "error"
        and any(one.holds(fault.code, fault.namespace, fault.object, today=today, path=inner) for one in suppressions)
    ]
    if not known:
        return result
    shown = [fault for fault in result.faults if fault not in known]
    bad = {_holder(result.judged, fault) for fault in shown if fault.severity == "critical"}
    eased = {_holder(result.judged, fault) for fault in known} - bad
    judged = tuple(
        msgspec.structs.replace(one, status="valid") if index in eased and one.status == "invalid" else one
        for index, one in enumerate(result.judged)
    )
    return FileResult(result.path, judged, tuple(shown), tuple(known))


def _holder(judged: Sequence[Judged], fault: Fault) -> int | None:
    """Which document a fault is about: the one object of its name, else the one that holds its line."""
    named = [
        index
        for index, one in enumerate(judged)
        if one.object and (one.object, one.namespace) == (fault.object, fault.namespace)
    ]
    if len(named) == 1:
        return named[0]
    holding = [index for index in named or range(len(judged)) if judged[index].line <= fault.line]
    return max(holding, default=0 if judged else None)
