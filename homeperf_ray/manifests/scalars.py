"""What a plain scalar means: YAML 1.1 as ``sigs.k8s.io/yaml`` reads it, which kubectl and the API server use."""

from __future__ import annotations

import re

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_FLOATS = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_NUMERIC = frozenset("0123456789+-.")
_INTEGER = re.compile(r"([-+]?)(?:0b([01]+)|0x([0-9a-fA-F]+)|0o?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LONGEST = 100
"""Characters of a number; what is longer is a text."""

Scalar = str | bool | int | float | None


def scalar(text: str) -> Scalar:
    """The value of a plain scalar. Dates stay texts, as they do for kubectl."""
    if not text or text[0] not in _NUMERIC:
        return _WORDS.get(text, text)
    if len(text) > _LONGEST:
        return text
    if text in _FLOATS:
        return _FLOATS[text]
    number = text.replace("_", "") if "_" in text and text[0] != "_" else text
    if found := _INTEGER.fullmatch(number):
        sign, binary, hexadecimal, octal, decimal = found.groups()
        for digits, base in ((binary, 2), (hexadecimal, 16), (octal, 8), (decimal, 10)):
            if digits:
                return int(f"{sign}{digits}", base)
    return float(number) if _FLOAT.fullmatch(number) else text


def number_text(value: object) -> str:
    """How a key that is no text is written in JSON: ``true``, ``8080``, ``null``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)
