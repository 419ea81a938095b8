"""Faults about an object as the tree knows it."""

from __future__ import annotations

from homeperf_ray.manifests.fact import Fact, Reference
from homeperf_ray.manifests.fault import Fault
from homeperf_ray.manifests.nearness import near

Found = tuple[str, Fault]
"""A fault with its file."""


def fault_of(
    code: str, severity: str, fact: Fact, message: str, line: int = 0, column: int = 0, field: str = ""
) -> Fault:
    """A fault of an object, where its name stands if nothing else is said."""
    where = (line or fact.line, column or fact.column)
    return Fault(code, severity, *where, message, fact.namespace, f"{fact.kind}/{fact.name}", field)  # type: ignore[arg-type]


def pointing(fact: Fact, ref: Reference, known: set[str], code: str, where: str) -> Fault:
    """A reference to what is not there; ``known`` are the names of its kind that are."""
    better = near(ref.name, known)
    advice = f"; did you mean {better}?" if better else ""
    message = f"no {ref.kind} {ref.name} is {where}{advice}"
    return fault_of(code, "warning", fact, message, ref.line, ref.column, ref.field)
