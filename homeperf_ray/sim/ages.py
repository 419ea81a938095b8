"""Ages as kubectl shows them."""

from __future__ import annotations

from datetime import datetime


def human(seconds: float) -> str:  # noqa: PLR0911  a table of cases
    """``45s``, ``3m12s``, ``5h``, ``9d``, ``2y40d``: the API server's own rounding."""
    whole = int(seconds)
    minutes, hours, days = whole // 60, whole // 3_600, whole // 86_400
    if whole < 0:
        return "<invalid>" if whole < -1 else "0s"
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return _two(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    years = days // 365
    return _two(years, "y", days % 365, "d") if years < 8 else f"{years}y"


def _two(large: int, unit: str, small: int, small_unit: str) -> str:
    return f"{large}{unit}{small}{small_unit}" if small else f"{large}{unit}"


def since(stamp: str | None, now: datetime) -> str:
    """The age of an RFC 3339 time, ``<unknown>`` where it is missing."""
    return human((now - datetime.fromisoformat(stamp)).total_seconds()) if stamp else "<unknown>"
