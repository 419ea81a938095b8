"""Label and field selectors, parsed as the API server parses them, with its words for what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from homeperf_ray.sim.statuses import bad_request

Predicate = Callable[[Mapping[str, str]], bool]

_TOKEN = re.compile(r"\s*(==|!=|=|!|\(|\)|,|<|>|[^\s=!(),<>]+)")
_SPECIAL = frozenset({"==", "!=", "=", "!", "(", ")", ",", "<", ">", ""})
_OPERATORS = frozenset({"==", "!=", "=", "in", "notin", ">", "<"})

_PART = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

_KEY_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_PREFIX_RULE = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


@lru_cache(maxsize=256)
def label_selector(text: str) -> Predicate | None:
    """A predicate over labels, None for everything. Raises ApiError 400 for what cannot be parsed."""
    predicates = _Parser(text).parse() if text else []
    return _all(predicates) if predicates else None


class _Parser:
    """The grammar of ``k8s.io/apimachinery/pkg/labels``: requirements between commas."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = [*_TOKEN.findall(text), ""]
        self._at = 0

    def parse(self) -> list[Predicate]:
        found: list[Predicate] = []
        if self._next in _SPECIAL - {"!", ""}:
            raise _wrong(self._next, ", expected: !, identifier, or 'end of string'")
        while self._next:
            found.append(self._requirement())
            comma = self._take()
            if comma not in {",", ""}:
                raise _wrong(comma, ", expected: ',' or 'end of string'")
            if comma and self._next in _SPECIAL - {"!"}:
                raise _wrong(self._next, ", expected: identifier after ','")
        return found

    @property
    def _next(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        token = self._next
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _requirement(self) -> Predicate:
        key = self._take()
        absent = key == "!"
        if absent:
            key = self._take()
        if key in _SPECIAL:
            raise _unparsable(f"found '{key}', expected: identifier")
        _check_key(key)
        if absent or self._next in {"", ","}:
            return lambda labels: (key in labels) != absent
        operator = self._take()
        if operator not in _OPERATORS:
            raise _unparsable(f"found '{operator}', expected: '=', '!=', '==', 'in', notin'")
        if operator in {"in", "notin"}:
            return _among(key, self._values(), operator == "notin")
        value = self._value()
        if operator in {"<", ">"}:
            return _compared(key, value, operator)
        return _among(key, {value}, operator == "!=")

    def _value(self) -> str:
        if self._next in {"", ","}:
            return ""
        value = self._take()
        if value in _SPECIAL:
            raise _unparsable(f"found '{value}', expected: identifier")
        return value

    def _values(self) -> set[str]:
        opening = self._take()
        if opening != "(":
            raise _unparsable(f"found '{opening}' expected: '('")
        values: set[str] = set()
        value = ""
        while True:
            found = self._take()
            if found in {",", ")"}:
                values.add(value)
                value = ""
                if found == ")":
                    return values
            elif value:
                raise _unparsable(f"found '{found}', expected: ',' or ')'")
            elif found in _SPECIAL:
                raise _unparsable(f"found '{found}', expected: ',', ')' or identifier")
            else:
                value = found


def _among(key: str, values: set[str], negated: bool) -> Predicate:
    for value in values:
        _check_value(key, value)
    if len(values) == 1:
        (only,) = values
        return lambda labels: (labels.get(key) == only) != negated
    return lambda labels: (labels.get(key) in values) != negated


def _compared(key: str, value: str, operator: str) -> Predicate:
    if not re.fullmatch(r"[-+]?\d+", value):
        why = "for 'Gt', 'Lt' operators, the value must be an integer"
        raise _unparsable(f'values[0][{key}]: Invalid value: "{value}": {why}')
    bound, sign = int(value), 1 if operator == ">" else -1

    def matches(labels: Mapping[str, str]) -> bool:
        found = labels.get(key, "")
        return bool(re.fullmatch(r"[-+]?\d+", found)) and (int(found) - bound) * sign > 0

    return matches


def _check_key(key: str) -> None:
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix:
        raise _unparsable(
            f'invalid label key "{key}": a qualified {_KEY_RULE}{_PREFIX_RULE}'.replace("name part", "name")
        )
    if not _PART.fullmatch(name) or len(name) > 63 or (slash and not _PREFIX.fullmatch(prefix)):
        raise _unparsable(f'invalid label key "{key}": {_KEY_RULE}')


def _check_value(key: str, value: str) -> None:
    if value and (not _PART.fullmatch(value) or len(value) > 63):
        raise _unparsable(f'invalid label value: "{value}": at key: "{key}": {_VALUE_RULE}')


def _wrong(token: str, expected: str) -> Exception:
    return bad_request(f"found '{token}'{expected}")


def _unparsable(why: str) -> Exception:
    return bad_request(f"unable to parse requirement: {why}")


def field_selector(text: str, supported: frozenset[str], unknown: str) -> Predicate | None:
    """A predicate over an object's selectable fields, None for everything.

    Raises ApiError 400 for a field that is not ``supported``, in the words of ``unknown`` with the field's name put
    in, or for what cannot be parsed.
    """
    predicates = [_field(part.strip(), supported, unknown) for part in text.split(",") if part.strip()]
    return _all(predicates) if predicates else None


def _field(part: str, supported: frozenset[str], unknown: str) -> Predicate:
    found = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", part)
    if found is None:
        raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
    name, negated, value = found[1], found[2] == "!=", found[3]
    if name not in supported:
        raise bad_request(unknown.format(name))
    return lambda fields: (fields.get(name, "") == value) != negated


def _all(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]
    return lambda values: all(predicate(values) for predicate in predicates)
