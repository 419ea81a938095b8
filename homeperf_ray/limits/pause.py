"""How long everyone holds still after an answer that asks for it."""

from __future__ import annotations

REFUSALS = frozenset({429, 503})
"""Statuses that mean that the server has too much to do."""

BACK_OFF = 1.0
"""Seconds after a 429 without ``Retry-After``."""

HESITATION = 0.2
"""Seconds after a 503 without ``Retry-After``: often it is one aggregated API that is down and not the server."""

LONGEST = 60.0
"""Seconds, whatever ``Retry-After`` says: beyond that one request finds out whether it still holds."""


def pause_after(status: int, retry_after: float | None) -> float:
    """The seconds for which nothing more is sent after this answer; 0 for most."""
    if status not in REFUSALS:
        return 0.0
    if retry_after is not None:
        return min(max(retry_after, 0.0), LONGEST)
    return BACK_OFF if status == 429 else HESITATION
