"""The keys ``thresholds`` and ``overrides``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from homeperf_ray.checks.thresholds import LIMITS, Override, described
from homeperf_ray.config.duration import UNITS, seconds
from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.kinds import NUMBER
from homeperf_ray.config.node import HINT, Field
from homeperf_ray.config.value import Value

WHOLE = 100.0
"""Percent of anything: what is above is a slip of the hand, and would silence a check."""

_GLOBS = {"namespace": "namespace", "class": "storage_class", "object": "object"}


def limits(field: Field, origin: Callable[[str], str]) -> dict[str, Value[float]]:
    """Limits by name, in the unit that each is documented with."""
    section = field.section()
    section.only(LIMITS, "a threshold")
    return {name: Value(_limit(each), origin(each.where)) for name, each in section.fields.items()}


def overrides(field: Field, origin: Callable[[str], str]) -> tuple[Value[Override], ...]:
    """Other limits for some objects, in the order of the file."""
    found: list[Value[Override]] = []
    for section in field.sections():
        section.only((*_GLOBS, "thresholds"), "a key of an override")
        globs = {_GLOBS[name]: each.text() for name, each in section.fields.items() if name in _GLOBS}
        if not any(glob.strip("*") for glob in globs.values()):
            raise ConfigurationError(
                f"{section.where}: an override needs a namespace, a class or an object",
                "What holds for everything belongs under thresholds.",
            )
        if "/" not in globs.get("object", "*").replace("*", "/"):
            raise section.fields["object"].wrong("must be Kind/name, as the findings show it; * stands for any letters")
        changed = limits(section.fields["thresholds"], origin) if "thresholds" in section.fields else {}
        if not changed:
            raise ConfigurationError(f"{section.where}: this override changes no thresholds", HINT)
        pairs = tuple((name, value.value) for name, value in changed.items())
        found.append(Value(Override(limits=pairs, **globs), origin(section.where)))
    return tuple(found)


def unit(name: str) -> str:
    """The unit of a limit: ``s``, ``%``, or nothing for a plain number."""
    return str(_described()[name]["unit"])


def _limit(field: Field) -> float:
    text, measure = field.text(), unit(field.name)
    if measure in UNITS:
        try:
            return seconds(text, bare=UNITS[measure]) / UNITS[measure]
        except ValueError as error:
            raise field.wrong(str(error)) from None
    number = text.removesuffix("%").rstrip() if measure == "%" else text
    if not NUMBER.fullmatch(number):
        raise field.wrong(f"{text!r} is not a number" + (" or a percentage such as 85%" if measure == "%" else ""))
    if measure == "%" and float(number) > WHOLE:
        raise field.wrong(f"{text!r} is more than 100%: nothing would ever be too much")
    return float(number)


@cache
def _described() -> dict[str, dict[str, Any]]:
    return described()
