"""When a read is sent again, and how long after."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class RetryPolicy:
    """Only idempotent reads come here. ``attempts`` counts the first one; times are seconds.

    ``causes`` are the ways to fail without a status: ``reset`` (the connection was lost), ``truncated`` (the body
    was), ``timeout`` (silence). No connection at all, an unknown host and a failed handshake are final: the same will
    happen again.
    """

    attempts: int = 3
    base: float = 0.1
    longest: float = 5.0
    longest_asked: float = 30.0
    statuses: frozenset[int] = frozenset({429, 500, 502, 503, 504})
    causes: frozenset[str] = frozenset({"reset", "truncated", "timeout"})

    def allows(self, attempt: int, status: int, cause: str) -> bool:
        """Whether the failure of ``attempt`` (the first is 1) may be followed by another."""
        return attempt < self.attempts and (status in self.statuses or cause in self.causes)

    def delay(self, attempt: int, retry_after: float | None) -> float:
        """Seconds to wait after ``attempt``: what the server asked for, at most ``longest_asked``, and a random part
        of an exponentially growing span ("full jitter").
        """
        jitter = random.uniform(0.0, min(self.longest, self.base * 2 ** (attempt - 1)))  # noqa: S311 - not a secret
        return min(retry_after or 0.0, self.longest_asked) + jitter


STANDARD = RetryPolicy()
"""Three attempts."""
