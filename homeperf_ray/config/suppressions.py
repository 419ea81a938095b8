"""The key ``suppress``."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fnmatch import fnmatchcase

from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.nearest import did_you_mean
from homeperf_ray.config.node import Field
from homeperf_ray.config.value import Value

_GLOBS = ("code", "namespace", "object", "path")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def suppressions(field: Field, origin: Callable[[str], str]) -> tuple[Value[Suppression], ...]:
    """What not to show, in the order of the file."""
    found: list[Value[Suppression]] = []
    for section in field.sections():
        section.only((*_GLOBS, "until", "reason"), "a key of a suppression")
        texts = {name: each.text() for name, each in section.fields.items() if name != "until"}
        if not any(texts.get(name, "").strip("*") for name in _GLOBS):
            raise ConfigurationError(
                f"{section.where}: a suppression without code, namespace, object and path would hide everything",
                "Say what it is about.",
            )
        if "code" in texts:
            _must_be_known(section.fields["code"], texts["code"])
        until = _day(section.fields["until"]) if "until" in section.fields else None
        found.append(Value(Suppression(until=until, **texts), origin(section.where)))
    return tuple(found)


def _must_be_known(field: Field, code: str) -> None:
    """Ask the pages of the explanations first, which are read faster than the checks are imported."""
    from homeperf_ray.checks.explanation import explanations

    if any(fnmatchcase(known, code) for known in explanations()):
        return
    from homeperf_ray.checks.registry import CODES

    if not any(fnmatchcase(known, code) for known in CODES):
        raise field.wrong(f"there is no code {code!r}.{did_you_mean(code.upper(), CODES)}")


def _day(field: Field) -> date:
    text = field.text()
    wrong = field.wrong(f"{text!r} is not a day; write 2027-01-31")
    if not _DAY.fullmatch(text):
        raise wrong
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong from None
