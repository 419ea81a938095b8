"""Suppressions: findings that the user has seen and decided to live with, until a date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase

import msgspec

from homeperf_ray.checks.finding import Finding


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """What not to show: findings whose code, namespace and ``Kind/name`` match the globs, through the day ``until``.

    An empty glob matches everything. Suppressed findings are counted and never lost.
    """

    code: str = ""
    namespace: str = ""
    object: str = ""
    until: date | None = None
    reason: str = ""

    def holds(self, finding: Finding, today: date) -> bool:
        """Whether this suppression is in force today and about that finding."""
        if self.until is not None and today > self.until:
            return False
        asked = ((self.code, finding.code), (self.namespace, finding.namespace), (self.object, finding.object))
        return all(not glob or fnmatchcase(value, glob) for glob, value in asked)


def suppress(
    findings: Iterable[Finding], suppressions: Sequence[Suppression], today: date
) -> tuple[list[Finding], list[Finding]]:
    """Findings to show, and findings that a suppression hides."""
    shown: list[Finding] = []
    hidden: list[Finding] = []
    for finding in findings:
        held = any(suppression.holds(finding, today) for suppression in suppressions)
        (hidden if held else shown).append(finding)
    return shown, hidden
