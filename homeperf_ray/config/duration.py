"""Durations, written as kubectl writes them."""

from __future__ import annotations

import re

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
"""The seconds of each unit."""

_NUMBER = r"[0-9]{1,12}(?:\.[0-9]{1,9})?"
_BARE = re.compile(_NUMBER)
_PART = re.compile(rf"({_NUMBER})(ms|s|m|h|d)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def seconds(text: str, *, bare: float = 1.0) -> float:
    """The seconds of ``30s``, ``5m``, ``1h30m``, ``2d`` or ``500ms``; a bare number counts ``bare`` seconds each.

    Raises ValueError, with what a duration looks like.
    """
    if _BARE.fullmatch(text):
        return float(text) * bare
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration; write 30s, 5m, 1h30m, 2d or 500ms")
    return sum(float(number) * UNITS[unit] for number, unit in _PART.findall(text))


def written(value: float) -> str:
    """A duration as ``seconds`` reads it, to the millisecond: ``1h30m``."""
    left = round(value * 1000)
    if not left:
        return "0s"
    parts: list[str] = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, left = divmod(left, round(UNITS[unit] * 1000))
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)
