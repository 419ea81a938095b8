"""A metric: what is measured of each sample, and from which difference on it matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from homeperf_ray.bench.sample import Sample

Values = Mapping[str, Sequence[float]]
"""The values of one metric by scenario."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """``matters`` is the least relative change that is told (0.05 is 5 %).

    A ``counted`` metric is the same every time unless something has changed, and is compared exactly. An ``absolute``
    one depends on the machine and on its mood, so that only samples of one machine may be compared. A ``relative`` one
    is a multiple of the first scenario's in the same round, which a busy minute slows as well.
    """

    name: str
    unit: str
    of: Callable[[Sample], float]
    matters: float = 0.05
    counted: bool = False
    absolute: bool = False
    relative: bool = False
    words: tuple[str, str] = ("fewer", "more")
    """What less and what more of it is called."""


TIMED = ("faster", "slower")

METRICS = (
    Metric(name="wall", unit="s", of=lambda sample: sample.wall, absolute=True, words=TIMED),
    Metric(name="cpu", unit="s", of=lambda sample: sample.cpu, absolute=True, words=TIMED),
    Metric(name="peak", unit="B", of=lambda sample: sample.peak, words=("less", "more")),
    Metric(name="requests", unit="", of=lambda sample: sample.requests, counted=True, matters=0.0),
    Metric(name="bytes", unit="B", of=lambda sample: sample.bytes, counted=True, matters=0.001),
    Metric(name="throttled", unit="", of=lambda sample: sample.throttled, counted=True, matters=0.0),
)
RELATIVE = (
    Metric(name="wall-ratio", unit="x", of=lambda sample: sample.wall, relative=True, words=TIMED),
    Metric(name="cpu-ratio", unit="x", of=lambda sample: sample.cpu, relative=True, words=TIMED),
)


def values_of(metric: Metric, samples: Sequence[Sample]) -> Values:
    """The metric's values by scenario, round by round; what was not measured is left out."""
    if metric.relative:
        return _relative(metric, samples)
    names = dict.fromkeys(sample.scenario for sample in samples)
    every = {name: [metric.of(sample) for sample in samples if sample.scenario == name] for name in names}
    return every if metric.counted else {name: [value for value in every[name] if value > 0] for name in names}


def _relative(metric: Metric, samples: Sequence[Sample]) -> Values:
    first = samples[0].scenario if samples else ""
    yardstick = {sample.number: metric.of(sample) for sample in samples if sample.scenario == first}
    found: dict[str, list[float]] = {}
    for sample in samples:
        if sample.scenario != first and yardstick.get(sample.number) and metric.of(sample) > 0:
            found.setdefault(sample.scenario, []).append(metric.of(sample) / yardstick[sample.number])
    return found
