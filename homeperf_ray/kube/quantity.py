"""Quantities and durations as Kubernetes writes them: ``250m`` of a core, ``16Gi`` of memory, ``1h30m``."""

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


_DURATION = re.compile(r"(\d{1,12}(?:\.\d{0,9})?)(ns|us|\u00b5s|ms|h|m|s)", re.ASCII)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "\u00b5s": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3_600.0}


def go_seconds(text: str | None) -> float | None:
    """The seconds of a duration as Go's ``time.ParseDuration`` takes it, without a sign; None for anything else."""
    if not text or _DURATION.sub("", text):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text))
