"""The numbers that the checks compare with."""

from __future__ import annotations

import msgspec


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of the checks, with the documented defaults. Rates are restarts a day; times are seconds."""

    restarts_per_day: float = 5.0
    restarts_first_day: float = 3.0
    """Restarts in total that a pod younger than a day may have."""
    restarts_per_day_old: float = 1.0
    """The rate allowed to a pod older than a week."""
