"""Whether what a server saw kept within a budget: all windows at once, exactly."""

from __future__ import annotations

from collections.abc import Iterable


def most_in_any_window(moments: Iterable[float], rate: float, slack: float = 0.0) -> float:
    """The largest count in a window of w seconds, less what ``rate * (w + slack)`` allows: to be held against burst.

    A leaky bucket that each arrival fills by one and that loses ``rate`` a second is as full, at its fullest, as the
    worst of all windows: the window that begins when the bucket was last empty (Cruz, "A Calculus for Network Delay",
    1991).
    """
    level = highest = 0.0
    before = None
    for moment in sorted(moments):
        if before is not None:
            level = max(level - rate * (moment - before), 0.0)
        level += 1
        highest = max(highest, level)
        before = moment
    return highest - rate * slack
