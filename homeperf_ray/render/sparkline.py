"""A series as a line of blocks, as high as its values."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

BLOCKS = "▁▂▃▄▅▆▇█"

GAP = " "
"""Where nothing is known."""

LEAST_RANGE = 0.1
"""What moves by less than this share of the whole is drawn flat, so that noise is no mountain."""


def sparkline(
    times: Sequence[float], values: Sequence[float], *, since: float, until: float, width: int, whole: float
) -> str:
    """``width`` blocks from ``since`` to ``until``, each the median of its stretch of time; ``whole`` is the most that
    a value may be.
    """
    stretches: list[list[float]] = [[] for _ in range(width)]
    for at, value in zip(times, values, strict=True):
        if since <= at <= until:
            stretches[min(int((at - since) / (until - since) * width), width - 1)].append(value)
    levels = [median(inside) if inside else None for inside in stretches]
    known = [level for level in levels if level is not None]
    if not known:
        return GAP * width
    lowest, spread = min(known), max(max(known) - min(known), LEAST_RANGE * whole, 1e-9)
    return "".join(GAP if level is None else _block((level - lowest) / spread) for level in levels)


def _block(share: float) -> str:
    return BLOCKS[min(int(share * len(BLOCKS)), len(BLOCKS) - 1)]
