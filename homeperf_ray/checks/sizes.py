"""Sizes as people say them."""

from __future__ import annotations


def size(count: float | None) -> str:
    """Bytes in the largest unit that is at least 1: ``590 MiB``, ``9.2 GiB``; a question mark for None."""
    if count is None:
        return "?"
    number, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while number >= 1024 and len(units) > 1:
        number /= 1024
        units.pop(0)
    return f"{number:.1f} {units[0]}" if number < 10 and units[0] != "B" else f"{number:.0f} {units[0]}"
