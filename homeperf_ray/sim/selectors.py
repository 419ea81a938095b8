"""Label and field selectors, as the API server parses them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from homeperf_ray.sim.statuses import bad_request

Predicate = Callable[[Mapping[str, str]], bool]

_KEY = r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
_VALUE = r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?"
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_EQUAL = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")


def label_selector(text: str) -> Predicate | None:
    """A predicate over labels, None for everything. Raises ApiError 400 for what cannot be parsed."""
    parts = [part.strip() for part in re.split(r",(?![^()]*\))", text)] if text.strip() else []
    predicates = [_label(part, text) for part in parts]
    return _all(predicates) if predicates else None


def _label(part: str, whole: str) -> Predicate:
    if found := _EXISTS.fullmatch(part):
        key, absent = found[2], bool(found[1])
        return lambda labels: (key in labels) != absent
    if found := _EQUAL.fullmatch(part):
        key, negated, value = found[1], found[2] == "!=", found[3]
        return lambda labels: (labels.get(key) == value) != negated
    if found := _SET.fullmatch(part):
        key, negated = found[1], found[2] == "notin"
        values = frozenset(value.strip() for value in found[3].split(","))
        if all(re.fullmatch(_VALUE, value) for value in values):
            return lambda labels: (labels.get(key) in values) != negated
    raise bad_request(f'unable to parse requirement: found {part!r} in the label selector "{whole}"')


def field_selector(text: str, supported: frozenset[str]) -> Predicate | None:
    """A predicate over an object's selectable fields, None for everything.

    Raises ApiError 400 for a field that is not ``supported`` or for what cannot be parsed.
    """
    predicates = [_field(part.strip(), supported) for part in text.split(",") if part.strip()]
    return _all(predicates) if predicates else None


def _field(part: str, supported: frozenset[str]) -> Predicate:
    found = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", part)
    if found is None:
        raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
    name, negated, value = found[1], found[2] == "!=", found[3]
    if name not in supported:
        raise bad_request(f"field label not supported: {name}")
    return lambda fields: (fields.get(name, "") == value) != negated


def _all(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    return lambda values: all(predicate(values) for predicate in predicates)
