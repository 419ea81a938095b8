"""What ``doctor`` says: for people with the worst marked, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

import click

from homeperf_ray.doctor.diagnosis import WORST, Diagnosis, Examination
from homeperf_ray.doctor.rbac import text as rbac
from homeperf_ray.render.escape import safe
from homeperf_ray.render.width import wrapped

_MARKS = {"ok": ("✓", "green"), "note": ("·", "blue"), "warning": ("!", "yellow"), "error": ("✗", "red")}

_NARROWEST = 40

_LONGEST = 1000
"""Lines that a sentence may take: none is cut, since a permission may stand at its end."""


_LONGEST_LABEL = 40


def lines(examinations: Sequence[Examination], width: int) -> Iterator[str]:
    """A headline, then a paragraph a subject; the rules that are missing come last, ready to be applied."""
    width = max(width, _NARROWEST)
    yield _headline(examinations)
    for examination in examinations:
        yield ""
        yield click.style(safe(examination.subject), bold=True)
        for diagnosis in examination.diagnoses:
            yield from _diagnosis(diagnosis, width)
    for examination in examinations:
        if examination.missing:
            yield ""
            yield click.style(f"# Rules that are missing in {safe(examination.subject)}", bold=True)
            yield from _rules(examination)


def as_json(examinations: Sequence[Examination]) -> str:
    """One object: ``status``, ``timestamp`` and ``subjects``, each with its ``diagnoses`` and ``missing``."""
    shown = {
        "status": worst(examinations),
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "subjects": [_subject(examination) for examination in examinations],
    }
    return json.dumps(shown, indent=2)


def worst(examinations: Sequence[Examination]) -> str:
    """The worst status of all; a note is no fault."""
    found = {examination.status for examination in examinations}
    status = next(status for status in WORST if status in found)
    return "ok" if status == "note" else status


def _headline(examinations: Sequence[Examination]) -> str:
    every = [diagnosis.status for examination in examinations for diagnosis in examination.diagnoses]
    errors, warnings = every.count("error"), every.count("warning")
    if not errors and not warnings:
        return click.style("Nothing is missing.", fg="green", bold=True)
    counts = [
        f"{count} {word}{'s' * (count != 1)}" for count, word in ((errors, "error"), (warnings, "warning")) if count
    ]
    return click.style(" and ".join(counts), fg="red" if errors else "yellow", bold=True)


def _diagnosis(diagnosis: Diagnosis, width: int) -> Iterator[str]:
    mark, colour = _MARKS[diagnosis.status]
    first, *others = wrapped(f"{diagnosis.name}: {safe(diagnosis.message)}", width - 4, most=_LONGEST)
    yield f"  {click.style(mark, fg=colour, bold=True)} {first}"
    yield from (f"    {line}" for line in others)
    if diagnosis.hint:
        first, *others = wrapped(safe(diagnosis.hint), width - 6, most=_LONGEST)
        yield click.style(f"    > {first}", fg="cyan")
        yield from (click.style(f"      {line}", fg="cyan") for line in others)


def _rules(examination: Examination) -> Iterator[str]:
    permissions = [one.permission for one in examination.missing]
    digest = crc32(repr(sorted(map(str, permissions))).encode())
    name = f"homeperf-{_label(examination)}-{digest:08x}"
    yield from map(safe, rbac(permissions, user=examination.user, name=name).splitlines())


def _label(examination: Examination) -> str:
    """A name for the roles that is the user's own, so that two users' roles do not overwrite each other.

    A digest of the permissions follows it: rules that are found missing later come beside those of today.
    """
    user = examination.user.rpartition(":")[2].lower()[:_LONGEST_LABEL]
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in user).strip("-") or "user"


def _subject(examination: Examination) -> dict[str, Any]:
    shown: dict[str, Any] = {"subject": examination.subject}
    if examination.context:
        shown |= {"context": examination.context, "user": examination.user}
    shown["diagnoses"] = [
        {"name": one.name, "status": one.status, "message": one.message, "hint": one.hint}
        for one in examination.diagnoses
    ]
    shown["missing"] = [
        {
            "verb": one.permission.verb,
            "group": one.permission.resource.group,
            "resource": one.permission.resource.plural,
            "subresource": one.permission.subresource,
            "namespace": one.permission.namespace,
            "wanted_by": list(one.wanted_by),
        }
        for one in examination.missing
    ]
    return shown
