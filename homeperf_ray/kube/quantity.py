"""Quantities as Kubernetes writes them: ``250m`` of a core, ``16Gi`` of memory."""

from __future__ import annotations

import math
import re

_QUANTITY = re.compile(
    r"([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40}))(?:([eE][+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)", re.ASCII
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {f"{letter}i": 10 * (power + 1) for power, letter in enumerate("KMGTPE")}


def quantity(text: str | None) -> float | None:
    """The number that a quantity stands for: cores, bytes or pieces. None for what is no quantity.

    The suffixes are those of ``k8s.io/apimachinery/pkg/api/resource.Quantity``.
    """
    found = _QUANTITY.fullmatch(text) if text else None
    if found is None:
        return None
    number, exponent, suffix = found.groups()
    if suffix in _BINARY:
        value = float(number) * 2.0 ** _BINARY[suffix]
    else:
        value = float(f"{number}{exponent or f'e{_DECIMAL.get(suffix, 0)}'}")
    return value if math.isfinite(value) else None
