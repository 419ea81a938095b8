"""``python -m benchmarks.growth``: how well growth is told, on histories whose truth is known.

Each kind of history is made with so many seeds. Told are the error of the slope, how often the interval holds the
truth, how often a volume that fills up is warned of (its time to full is certain), and how often one is that does not.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Callable
from statistics import median

from homeperf_ray.checks.growth import DAY, growth, time_to_full

GB = 1e9
CAPACITY = 100 * GB
STEP = 3_600.0

History = tuple[list[float], list[float], float]
"""Times in seconds, bytes used, and the true slope in bytes a day."""


def _times(days: float, chance: random.Random) -> list[float]:
    """A reading an hour, none while the machine was off."""
    return [number * STEP for number in range(int(days * 24)) if chance.random() > 0.2]


def steady(chance: random.Random, days: float) -> History:
    """A volume that takes 1 GB a day."""
    times = _times(days, chance)
    return times, [40 * GB + GB * at / DAY + chance.gauss(0, 0.05 * GB) for at in times], GB


def noisy(chance: random.Random, days: float) -> History:
    """The same under noise that is worth five days."""
    times = _times(days, chance)
    return times, [40 * GB + GB * at / DAY + chance.gauss(0, 5 * GB) for at in times], GB


def bursty(chance: random.Random, days: float) -> History:
    """Downloads of 0.5 to 4 GB at random moments: 1 GB a day on the whole."""
    times, used, values, upcoming = _times(days, chance), 40 * GB, [], 0.0
    for at in times:
        while upcoming <= at:
            used += chance.uniform(0.5, 4) * GB
            upcoming += chance.expovariate(1 / 2.25) * DAY
        values.append(used)
    return times, values, GB


def flat(chance: random.Random, days: float) -> History:
    """A volume that stays as it is, but for noise."""
    times = _times(days, chance)
    return times, [70 * GB + chance.gauss(0, 0.5 * GB) for _ in times], 0.0


def sawtooth(chance: random.Random, days: float) -> History:
    """Logs that are rotated every two to four days: they grow and fall back, and grow on the whole not at all."""
    times, period = _times(days, chance), chance.uniform(2, 4) * DAY
    phase = chance.uniform(0, period)
    return times, [60 * GB + 10 * GB * (((at + phase) % period) / period) for at in times], 0.0


def daily(chance: random.Random, days: float) -> History:
    """A cache that breathes with the day."""
    times = _times(days, chance)
    return times, [60 * GB + 8 * GB * math.sin(2 * math.pi * at / DAY) + chance.gauss(0, GB) for at in times], 0.0


def wandering(chance: random.Random, days: float) -> History:
    """A random walk that comes back to its mean: what is written and deleted by chance."""
    times, value, values = _times(days, chance), 0.0, []
    for _ in times:
        value = 0.98 * value + chance.gauss(0, 0.5 * GB)
        values.append(60 * GB + value)
    return times, values, 0.0


def full(chance: random.Random, days: float) -> History:
    """A volume that has been full for the whole time."""
    times = _times(days, chance)
    return times, [CAPACITY for _ in times], 0.0


def two_points(chance: random.Random, days: float) -> History:
    """Two readings, far apart."""
    return [0.0, days * DAY], [40 * GB, 90 * GB], 0.0


KINDS: tuple[Callable[[random.Random, float], History], ...] = (
    steady,
    noisy,
    bursty,
    flat,
    sawtooth,
    daily,
    wandering,
    full,
    two_points,
)


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--days", type=float, default=21.0)
    chosen = parser.parse_args()
    print("| history | true GB a day | error of the slope (median, worst) | interval holds the truth | warned of |")
    print("| --- | --- | --- | --- | --- |")
    spent = []
    for kind in KINDS:
        errors, held, warned, truth = [], 0, 0, 0.0
        for seed in range(chosen.seeds):
            times, values, truth = kind(random.Random(seed), chosen.days)  # noqa: S311 - a simulation
            began = time.perf_counter()
            found = growth(times, values)
            spent.append(time.perf_counter() - began)
            if found is None:
                continue
            errors.append(abs(found.per_day - truth) / GB)
            held += found.low <= truth <= found.high
            warned += time_to_full(found, CAPACITY - values[-1]) is not None
        error = f"{median(errors):.3f}, {max(errors):.3f}" if errors else "none is told"
        share = f"{100 * held / chosen.seeds:.0f} %" if errors else ""
        print(f"| {kind.__name__} | {truth / GB:.0f} | {error} | {share} | {100 * warned / chosen.seeds:.1f} % |")
    print(f"\n{median(spent) * 1000:.1f} ms a history of {chosen.days:.0f} days")


if __name__ == "__main__":
    main()
