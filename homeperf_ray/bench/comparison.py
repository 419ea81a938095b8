"""The comparison of two runs: a verdict for each scenario and metric, and whether anything got worse."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec

from homeperf_ray.bench.inference import CONFIDENCE, holm, least_p, shift_of
from homeperf_ray.bench.metric import METRICS, RELATIVE, Metric, values_of
from homeperf_ray.bench.sample import Sample


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of one metric of one scenario. ``before`` and ``after`` are medians in the metric's unit.

    ``ratio`` is after to before, between ``low`` and ``high`` with a confidence of 95 %; None where it could not be
    had. ``p`` is corrected for the number of metrics that were compared. ``why`` explains an *unknown*, and
    ``few`` says that it is one for want of samples.
    """

    scenario: str
    metric: str
    unit: str
    before: float | None
    after: float | None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    word: str
    worse: bool = False
    why: str = ""
    few: bool = False


class _Pair(msgspec.Struct, frozen=True):
    scenario: str
    metric: Metric
    before: list[float]
    after: list[float]


def compare(
    before: Sequence[Sample], after: Sequence[Sample], *, absolute: bool, matters: float | None = None
) -> list[Verdict]:
    """Judge what two runs have measured, scenario by scenario, in the order of the first.

    Counted metrics are compared exactly. Of the others one has become slower (or more) where the rank test says so
    after Holm's correction over all of them, *and* the ratio is at least what matters; it is the same only where its
    whole interval is nearer to 1 than that; it is unknown otherwise, and always with too few samples.
    ``absolute`` times are compared only where both runs are of one machine; ratios to the first scenario always.
    ``matters`` is the least relative change of what is not counted, in the place of each metric's own.
    """
    metrics = [
        metric if matters is None or metric.counted else msgspec.structs.replace(metric, matters=matters)
        for metric in (*METRICS, *RELATIVE)
        if absolute or not metric.absolute
    ]
    pairs = _pairs(metrics, before, after)
    measured = [pair for pair in pairs if not pair.metric.counted]
    tested = [pair for pair in measured if pair.before and pair.after]
    shifts = [shift_of(pair.before, pair.after) for pair in tested]
    corrected = dict(zip(map(id, tested), holm([shift.p for shift in shifts]), strict=True))
    by_pair = dict(zip(map(id, tested), shifts, strict=True))
    verdicts = []
    for pair in pairs:
        if pair.metric.counted:
            verdicts.append(_counted(pair))
            continue
        if id(pair) not in by_pair:
            verdicts.append(_unmeasured(pair))
            continue
        shift, p = by_pair[id(pair)], corrected[id(pair)]
        least = least_p(len(pair.before), len(pair.after)) * len(tested)
        word, why = _judged(pair.metric, shift.ratio, (shift.low, shift.high), p, least)
        verdicts.append(
            Verdict(
                scenario=pair.scenario,
                metric=pair.metric.name,
                unit=pair.metric.unit,
                before=median(pair.before),
                after=median(pair.after),
                ratio=shift.ratio,
                low=shift.low,
                high=shift.high,
                p=p,
                word=word,
                worse=word == pair.metric.words[1],
                why=why,
                few=word == "unknown" and least > 1 - CONFIDENCE,
            )
        )
    return verdicts


def _pairs(metrics: Sequence[Metric], before: Sequence[Sample], after: Sequence[Sample]) -> list[_Pair]:
    old = {metric.name: values_of(metric, before) for metric in metrics}
    new = {metric.name: values_of(metric, after) for metric in metrics}
    scenarios = dict.fromkeys(sample.scenario for sample in (*before, *after))
    return [
        _Pair(name, metric, list(old[metric.name].get(name, ())), list(new[metric.name].get(name, ())))
        for name in scenarios
        for metric in metrics
        if name in old[metric.name] or name in new[metric.name]
        if any((*old[metric.name].get(name, ()), *new[metric.name].get(name, ())))
    ]


def _judged(
    metric: Metric, ratio: float, interval: tuple[float | None, float | None], p: float, least: float
) -> tuple[str, str]:
    less, more = metric.words
    near = 1 + metric.matters
    if least > 1 - CONFIDENCE:
        return "unknown", "too few samples to tell anything"
    if p <= 1 - CONFIDENCE and ratio >= near:
        return more, ""
    if p <= 1 - CONFIDENCE and ratio <= 1 / near:
        return less, ""
    low, high = interval
    if low is not None and high is not None and 1 / near < low and high < near:
        return "same", ""
    return "unknown", f"the samples vary too much to tell {metric.matters:.0%}"


def _counted(pair: _Pair) -> Verdict:
    """Counts are compared as they are: where they vary within a run, only what does not overlap has changed."""
    less, more = pair.metric.words
    word, why = "unknown", ""
    ratio = None
    if not pair.before or not pair.after:
        return _unmeasured(pair)
    if median(pair.before):
        ratio = median(pair.after) / median(pair.before)
    near = 1 + pair.metric.matters
    if min(len(pair.before), len(pair.after)) < 2:
        why = "one sample does not show whether the count varies"
    elif min(pair.after) > max(pair.before) * near:
        word = more
    elif max(pair.after) * near < min(pair.before):
        word = less
    elif _within(pair.before, near) and _within(pair.after, near):
        word = "same"
    else:
        why = f"it varies within a run: {_span(pair.before)} before, {_span(pair.after)} after"
    return Verdict(
        scenario=pair.scenario,
        metric=pair.metric.name,
        unit=pair.metric.unit,
        before=median(pair.before),
        after=median(pair.after),
        ratio=ratio,
        word=word,
        worse=word == more,
        why=why,
        few=min(len(pair.before), len(pair.after)) < 2,
    )


def _within(values: Sequence[float], near: float) -> bool:
    return max(values) <= min(values) * near


def _span(values: Sequence[float]) -> str:
    return f"{min(values):g} to {max(values):g}"


def _unmeasured(pair: _Pair) -> Verdict:
    side = "before" if not pair.before else "after"
    return Verdict(
        scenario=pair.scenario,
        metric=pair.metric.name,
        unit=pair.metric.unit,
        before=median(pair.before) if pair.before else None,
        after=median(pair.after) if pair.after else None,
        word="unknown",
        why=f"it was not measured {side}",
        few=True,
    )
