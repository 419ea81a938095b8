"""``python -m benchmarks.growth``: how well growth is told, on histories whose truth is known.

Each kind of history is made with so many seeds. Told are the error of the slope, how often the interval holds the
truth, and how often growth is certain. Then the check itself goes through histories day by day: how often it warns, and
how often of what is not full in time.
"""

from __future__ import annotations

import argparse
import bisect
import itertools
import math
import random
import time
from collections.abc import Callable, Sequence
from statistics import median

from homeperf_ray.checks.growth import DAY, growth, time_to_full
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.volume_growth import MEMORY, WINDOW, judge_growth, trend_of
from homeperf_ray.timings.volume_history import History as VolumeHistory
from homeperf_ray.timings.volume_use import VolumeUse

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


def nightly(chance: random.Random, days: float) -> History:
    """Backups that come every night and are thinned out by day: up to 20 GB more for some hours, flat on the whole."""
    times = _times(days, chance)
    hours = [at / STEP % 24 for at in times]
    return times, [55 * GB + (20 * GB if 1 <= hour < 9 else 0) + chance.gauss(0, GB) for hour in hours], 0.0


def weekly(chance: random.Random, days: float) -> History:
    """Images that are pruned every week: 14 GB more, and gone again."""
    return _teeth(chance, days, 7 * DAY, 14 * GB)


def fortnightly(chance: random.Random, days: float) -> History:
    """Snapshots that are deleted every two weeks."""
    return _teeth(chance, days, 14 * DAY, 20 * GB)


def monthly(chance: random.Random, days: float) -> History:
    """Logs that are kept until the end of the month."""
    return _teeth(chance, days, 30 * DAY, 25 * GB)


def _teeth(chance: random.Random, days: float, period: float, height: float) -> History:
    times, phase = _times(days, chance), chance.uniform(0, period)
    level = [((at + phase) % period) / period for at in times]
    return times, [65 * GB + height * share + chance.gauss(0, 0.1 * GB) for share in level], 0.0


def stopped(chance: random.Random, days: float) -> History:
    """A volume that took 1 GB a day until the middle of its history."""
    times = _times(days, chance)
    return times, [55 * GB + GB * min(at, days * DAY / 2) / DAY + chance.gauss(0, 0.05 * GB) for at in times], 0.0


def imported(chance: random.Random, days: float) -> History:
    """A library that was copied in four days, and stays as it is."""
    times, begin = _times(days, chance), chance.uniform(0.2, 0.7) * days * DAY
    return (
        times,
        [40 * GB + 35 * GB * min(max(at - begin, 0) / (4 * DAY), 1) + chance.gauss(0, 0.05 * GB) for at in times],
        0.0,
    )


def cleaned(chance: random.Random, days: float) -> History:
    """A volume that takes 0.3 GB a day and was cleaned up once: what counts is that it is full in a hundred days."""
    times, when = _times(days, chance), chance.uniform(0.3, 0.8) * days * DAY
    return (
        times,
        [50 * GB + 0.3 * GB * at / DAY - (25 * GB if at > when else 0) + chance.gauss(0, 0.05 * GB) for at in times],
        0.3 * GB,
    )


def moved(chance: random.Random, days: float) -> History:
    """A volume whose data were copied to another node: a day without a reading, and 3 % more from then on."""
    times, when = _times(days, chance), chance.uniform(0.3, 0.8) * days * DAY
    kept = [at for at in times if not when < at < when + DAY]
    return kept, [70 * GB * (1.03 if at > when else 1) + chance.gauss(0, 0.2 * GB) for at in kept], 0.0


def gaps(chance: random.Random, days: float) -> History:
    """A volume that takes 1 GB a day, of which there are no readings for weeks at a time."""
    times, values, truth = steady(chance, days)
    begin = chance.uniform(0.2, 0.5) * days * DAY
    kept = [(at, value) for at, value in zip(times, values, strict=True) if not begin < at < begin + days * DAY / 3]
    return [at for at, _ in kept], [value for _, value in kept], truth


def jumps(chance: random.Random, days: float) -> History:
    """A flat volume under a clock that is weeks behind or ahead for hours at a time."""
    times, values, _ = flat(chance, days)
    wrong = [at + (chance.choice((-20, -3, 3)) * DAY if int(at // (6 * STEP)) % 9 == 0 else 0) for at in times]
    kept = sorted((at, value) for at, value in zip(wrong, values, strict=True) if 0 <= at <= days * DAY)
    return [at for at, _ in kept], [value for _, value in kept], 0.0


def resets(chance: random.Random, days: float) -> History:
    """A flat volume that shows nothing, or the disk below it, for some hours after each restart of its node."""
    times, values, _ = flat(chance, days)
    down = [int(at // (5 * STEP)) for at in times]
    broken = {number for number in set(down) if chance.random() < 0.1}
    return (
        times,
        [chance.choice((0.0, 12 * GB)) if at in broken else value for at, value in zip(down, values, strict=True)],
        0.0,
    )


def sudden(chance: random.Random, days: float) -> History:
    """A flat volume that takes 2 GB a day in its last ten days."""
    times, begin = _times(days, chance), (days - 10) * DAY
    return times, [50 * GB + 2 * GB * max(at - begin, 0) / DAY + chance.gauss(0, 0.2 * GB) for at in times], 2 * GB


KINDS: tuple[Callable[[random.Random, float], History], ...] = (
    steady,
    noisy,
    bursty,
    gaps,
    sudden,
    cleaned,
    flat,
    sawtooth,
    weekly,
    fortnightly,
    monthly,
    daily,
    nightly,
    wandering,
    stopped,
    imported,
    moved,
    jumps,
    resets,
    full,
    two_points,
)


def volume(times: Sequence[float], values: Sequence[float], name: str = "data") -> VolumeHistory:
    """A history as the dataset gives it: a volume of ``CAPACITY`` bytes."""
    used = [max(round(min(value, CAPACITY)), 0) for value in values]
    latest = VolumeUse(
        taken=times[-1],
        namespace="media",
        claim=name,
        volume=f"pvc-{name}",
        capacity=round(CAPACITY),
        used=used[-1],
        available=round(CAPACITY) - used[-1],
    )
    return VolumeHistory(
        server="s",
        context="home",
        latest=latest,
        times=tuple(times),
        used=tuple(used),
        inodes_used=(0,) * len(used),
        capacity=(round(CAPACITY),) * len(used),
    )


def warned(times: Sequence[float], values: Sequence[float], at: float) -> tuple[str, ...]:
    """The codes that the check gives at a moment, of what it knows then."""
    first = bisect.bisect_left(times, at - MEMORY * DAY)
    last = bisect.bisect_right(times, at)
    if last - first < 1:
        return ()
    judged = judge_growth([trend_of(volume(times[first:last], values[first:last]))], Thresholds())
    return tuple(finding.code for finding in judged.findings)


def _never(at: float, *_: object) -> bool:
    return False


def _in_time(at: float, values: Sequence[float], times: Sequence[float], ends: float) -> bool:
    """It is full within thirty days, or the end of the history is not that far away."""
    return ends <= at + 30 * DAY or times[-1] < at + 30 * DAY


def _while_it_grew(at: float, values: Sequence[float], times: Sequence[float], ends: float) -> bool:
    """It has grown in the last four days."""
    lately = [value for time, value in zip(times, values, strict=True) if at - 4 * DAY <= time <= at]
    return lately[-1] - lately[0] > GB / 2


def _before_it_fell(at: float, values: Sequence[float], times: Sequence[float], ends: float) -> bool:
    """It has never fallen so far: nobody could know that it will."""
    known = [value for time, value in zip(times, values, strict=True) if time <= at]
    return all(later > earlier - 5 * GB for earlier, later in itertools.pairwise(known))


TRUE: dict[Callable[[random.Random, float], History], Callable[..., bool]] = {
    steady: _in_time,
    noisy: _in_time,
    bursty: _in_time,
    gaps: _in_time,
    sudden: _in_time,
    stopped: _while_it_grew,
    imported: _while_it_grew,
    weekly: _before_it_fell,
    fortnightly: _before_it_fell,
    monthly: _before_it_fell,
}
"""When a warning is right; of everything else none is."""


def alarms(seeds: int, days: float) -> None:
    """Print how often the check, run once a day through a history, warns of a volume that is not full in time."""
    print(f"\nThe check, once a day in {days:.0f} days, growth told from the last {WINDOW:.0f} of them:\n")
    print("| history | days judged | days with a warning | histories with one | of them false |")
    print("| --- | --- | --- | --- | --- |")
    for kind in KINDS:
        judged, days_warned, histories, false = 0, 0, 0, 0
        for seed in range(seeds):
            times, values, _ = kind(random.Random(seed), days)  # noqa: S311 - a simulation
            ends = next((at for at, value in zip(times, values, strict=True) if value >= 0.995 * CAPACITY), math.inf)
            told = [day * DAY for day in range(1, int(days)) if warned(times, values, day * DAY)]
            wrong = [at for at in told if not TRUE.get(kind, _never)(at, values, times, ends)]
            judged += int(days) - 1
            days_warned += len(told)
            histories += bool(told)
            false += bool(wrong)
        share = f"{100 * days_warned / judged:.1f} %"
        print(
            f"| {kind.__name__} | {judged} | {share} | {100 * histories / seeds:.0f} % | {100 * false / seeds:.0f} % |"
        )


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--days", type=float, default=21.0)
    parser.add_argument("--judged", type=int, default=40, help="Histories of each kind that the check goes through.")
    chosen = parser.parse_args()
    print(
        "| history | true GB a day | error of the slope (median, worst) | interval holds the truth | certainly grows |"
    )
    print("| --- | --- | --- | --- | --- |")
    spent = []
    for kind in KINDS:
        errors, held, certain, truth = [], 0, 0, 0.0
        for seed in range(chosen.seeds):
            times, values, truth = kind(random.Random(seed), chosen.days)  # noqa: S311 - a simulation
            began = time.perf_counter()
            found = growth(times, values)
            spent.append(time.perf_counter() - began)
            if found is None:
                continue
            errors.append(abs(found.per_day - truth) / GB)
            held += found.low <= truth <= found.high
            certain += time_to_full(found, CAPACITY - values[-1]) is not None
        error = f"{median(errors):.3f}, {max(errors):.3f}" if errors else "none is told"
        share = f"{100 * held / chosen.seeds:.0f} %" if errors else ""
        print(f"| {kind.__name__} | {truth / GB:.1f} | {error} | {share} | {100 * certain / chosen.seeds:.1f} % |")
    print(f"\n{median(spent) * 1000:.1f} ms a history of {chosen.days:.0f} days")
    alarms(chosen.judged, 75)


if __name__ == "__main__":
    main()
