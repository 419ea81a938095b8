"""Bandwidth: what goes out at a limited number of bytes a second."""

from __future__ import annotations

import re

_RATE = re.compile(r"^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|KiB|MiB|GiB)?(?:/s)?$", re.IGNORECASE)
_UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}

BURST = 0.02
"""Seconds at the full rate that may go out at once after silence."""


class BandwidthError(ValueError):
    """A bandwidth that cannot be read; the message says what would do."""


def read(text: str) -> float:
    """Bytes a second of ``10MB/s``, ``512KiB/s``; a bare number is bytes. Raises BandwidthError."""
    found = _RATE.match(text.strip())
    rate = float(found[1]) * _UNITS[(found[2] or "b").lower()] if found else 0.0
    if not rate:
        raise BandwidthError(f"{text!r} is not a bandwidth such as 10MB/s.")
    return rate


class Bandwidth:
    """A token bucket of ``rate`` bytes a second, from which whoever sends takes piece by piece.

    Pieces are granted in the order in which they are asked for, so connections that send at the same time share the
    rate evenly.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.piece = int(min(65_536, max(1, rate / 50)))
        """Bytes to send at a time: a fiftieth of a second's, so that nobody waits long for a turn."""
        self._spent = float("-inf")

    def reserve(self, size: int, now: float) -> float:
        """Take ``size`` bytes; how many seconds to wait before they may go."""
        start = max(self._spent, now - BURST)
        self._spent = start + size / self.rate
        return max(0.0, self._spent - now)
