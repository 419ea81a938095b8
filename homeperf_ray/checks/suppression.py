"""Suppressions: findings that the user has seen and decided to live with, until a date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase

import msgspec

from homeperf_ray.checks.finding import Finding
from homeperf_ray.manifests.path_glob import matches


class Suppression(msgspec.Struct, frozen=True, kw_only=True):
    """What not to show: findings whose code, namespace and ``Kind/name`` match the globs, through the day ``until``.

    An empty glob matches everything; ``path`` is about findings in files and about nothing else. Suppressed findings
    are counted and never lost.
    """

    code: str = ""
    namespace: str = ""
    object: str = ""
    path: str = ""
    until: date | None = None
    reason: str = ""

    def holds(self, code: str, namespace: str, about: str, *, today: date, path: str | None = None) -> bool:
        """Whether this suppression is in force today and about a finding of that code and object ``about``; ``path``
        is that of the file in which it was found, below the root of its tree.
        """
        if (self.until is not None and today > self.until) or (self.path and path is None):
            return False
        if self.path and not matches(path or "", (self.path,)):
            return False
        asked = ((self.code, code), (self.namespace, namespace), (self.object, about))
        return all(not glob or fnmatchcase(value, glob) for glob, value in asked)


def suppress(
    findings: Iterable[Finding], suppressions: Sequence[Suppression], today: date
) -> tuple[list[Finding], list[Finding]]:
    """Findings to show, and findings that a suppression hides."""
    shown: list[Finding] = []
    hidden: list[Finding] = []
    for finding in findings:
        held = any(one.holds(finding.code, finding.namespace, finding.object, today=today) for one in suppressions)
        (hidden if held else shown).append(finding)
    return shown, hidden
