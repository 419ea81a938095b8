"""What a request weighs for the server, in requests."""

from __future__ import annotations

import math

SEAT_BYTES = 512 * 1024
"""Bytes of an answer that weigh as much as one request; a page of 500 pods weighs 6.

API Priority and Fairness counts a seat for every 100 objects of a LIST.
"""

HEAVIEST = 10
"""Seats that a request takes at most, as in API Priority and Fairness."""

MAX_KINDS = 1024


class Weights:
    """The weight of each kind of request, as its last answer told. One that is not known yet weighs 1."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    def weight(self, kind: str) -> int:
        """At least 1, so that a weight never lets more through than the budget does."""
        return min(max(math.ceil(self.size(kind) / SEAT_BYTES), 1), HEAVIEST)

    def size(self, kind: str) -> int:
        """The bytes of the last answer of this kind; 0 before the first."""
        return self._sizes.get(kind, 0)

    def learn(self, kind: str, size: int) -> None:
        if len(self._sizes) < MAX_KINDS or kind in self._sizes:
            self._sizes[kind] = size
