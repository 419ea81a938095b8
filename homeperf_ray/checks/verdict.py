"""Writing a judgement: findings by code, with the code's hint filled in."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import pyarrow as pa

from homeperf_ray.checks.finding import Code, Finding, Judgement, Scope
from homeperf_ray.checks.masks import Mask
from homeperf_ray.kube.redaction import without_credentials
from homeperf_ray.timings.volume_use import VolumeUse

Row = Mapping[str, Any]

_PLACEHOLDER = re.compile(r"\{(kind|namespace|name|part)\}")
"""Filled in at once: a name that looks like a placeholder stays what it is."""

_OPTIONS = {"-n {namespace} ": "namespace", "-c {part} ": "part"}
"""Options of a command that are left out where there is nothing to name."""


class Verdict:
    """Collects the findings of one check over objects of one domain."""

    def __init__(self, check: str, domain: Scope, examined: int) -> None:
        self._check = check
        self._domain = domain
        self._examined = examined
        self._findings: list[Finding] = []
        self._notes: list[str] = []

    def found(
        self,
        code: Code,
        kind: str,
        row: Row,
        message: str,
        *,
        command: str = "",
        where: str = "",
        part: str = "",
        hint: str = "",
    ) -> None:
        """One finding about the object of ``row`` (its ``namespace``, if any, and ``name``), or about ``part`` of it.

        For the hint, ``command`` is what the kind is called on a command line, where that is not the kind in lower
        case, and ``where`` the namespace to look in, where that is not the object's. ``hint`` takes the place of the
        code's own where more is known.
        """
        namespace, name = row.get("namespace") or "", row["name"]
        texts = {"namespace": where or namespace, "name": name, "part": part}
        hint = hint or code.hint
        for option, of in _OPTIONS.items():
            hint = hint if texts[of] else hint.replace(option, "")
        values = {"kind": command or kind.lower()} | {key: shlex.quote(text) for key, text in texts.items()}
        hint = _PLACEHOLDER.sub(lambda found: values[found[1]], hint)
        message = without_credentials(message)
        self._findings.append(
            Finding(code.id, code.severity, self._domain, namespace, f"{kind}/{name}", message, hint, part)
        )

    def note(self, text: str) -> None:
        """Something that the reader should know and that is no fault."""
        self._notes.append(text)

    def judgement(self, volumes: tuple[VolumeUse, ...] = ()) -> Judgement:
        """What was found; ``volumes`` are the measurements that it was found in."""
        return Judgement(self._check, self._examined, tuple(self._findings), tuple(self._notes), volumes)


def rows(table: pa.Table, mask: Mask | None = None) -> list[dict[str, Any]]:
    """The rows where ``mask`` is true, as dictionaries; null counts as false."""
    chosen = table if mask is None else table.filter(mask, null_selection_behavior="drop")
    return cast("list[dict[str, Any]]", chosen.to_pylist())


def age(now: datetime, since: datetime | None) -> float:
    """Seconds since then; 0 where the moment is unknown or still to come."""
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def ago(seconds: float) -> str:
    """A duration as a person says it: ``45s``, ``12m``, ``5h``, ``3d``."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:.0f}s"


def lasting(now: datetime, since: datetime | None) -> str:
    """For how long, with a space before it; nothing where that is unknown."""
    return f" for {ago(age(now, since))}" if since else ""


def because(*parts: str | None) -> str:
    """What is known of the reason, with its colon; nothing where nothing is known."""
    known = [part.strip() for part in parts if part and part.strip()]
    return ": " + ": ".join(known) if known else ""
