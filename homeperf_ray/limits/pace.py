"""The pace: what part of the budget is given out, by additive increase and multiplicative decrease."""

from __future__ import annotations

import msgspec

RECOVERY = 20.0
"""Seconds in which the pace climbs from nothing to the whole budget; from one half to the whole it takes half of it."""

LEAST = 1.0
"""Requests a second that are always given where the budget has as many: one must find out whether it still holds."""

SETTLE = 1.0
"""Seconds after a decrease in which another sign of trouble is taken for the same trouble."""

SAME_503 = 60.0
"""Seconds in which a 503 of one kind of request is no news: often it is one aggregated API that is down."""

MAX_KINDS = 16
"""Kinds of requests whose last 503 is remembered."""


class Pace(msgspec.Struct):
    """A share of the budget, from nearly 0 to 1. It is halved by a sign of trouble and grows steadily afterwards.

    Additive increase, multiplicative decrease: Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for
    Congestion Avoidance in Computer Networks", 1989. Times are seconds of the caller's clock; ``lowered_at`` is when
    it was last lowered, ``why`` the reason then (a word: ``429``, ``503`` or ``latency``), ``by`` the kind of request
    that met it.
    """

    level: float = 1.0
    since: float = 0.0
    lowered_at: float = 0.0
    why: str = ""
    by: str = ""
    lowered: int = 0
    unavailable: dict[str, float] = {}
    """When each kind of request was last answered 503 without ``Retry-After``."""

    def share(self, now: float) -> float:
        """The part of the budget that is given out now."""
        return min(self.level + max(now - self.since, 0.0) / RECOVERY, 1.0)

    def slow_down(self, now: float, ceiling: float, *, why: str, by: str, sent: float, resumed: float) -> bool:
        """Halve the share; whether it was. ``ceiling`` is the budget's rate a second, ``sent`` when the request left.

        What left before the last decrease has met the same trouble again. It grows again from ``resumed`` on, when
        a pause that the server asked for is over.
        """
        known = bool(self.why)
        again = known and (sent < self.lowered_at or now - self.lowered_at < SETTLE)
        if not again:
            least = min(LEAST / ceiling, 1.0)
            self.level = max(self.share(now) / 2, least)
            self.lowered_at, self.why, self.by = now, why, by
            self.lowered += 1
            self.since = now
        elif now > self.since:
            self.level, self.since = self.share(now), now
        self.since = max(self.since, resumed)
        return not again

    def is_news(self, now: float, by: str) -> bool:
        """Whether a 503 of this kind of request is the first for a while; from now on it is not."""
        recent = {kind: at for kind, at in self.unavailable.items() if now - at < SAME_503}
        news = by not in recent
        recent.pop(by, None)
        recent[by] = now
        self.unavailable = dict(list(recent.items())[-MAX_KINDS:])
        return news
