"""The suite: scenarios interleaved in one run, so that a busy minute of the machine meets them all."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

import msgspec

from homeperf_ray.bench.inference import bootstrap_median
from homeperf_ray.bench.memory import peak_of
from homeperf_ray.bench.sample import Sample, take
from homeperf_ray.bench.scenario import Scenario

Tell = Callable[[str], None]
Count = Callable[[], int] | None
"""How many requests the server has received since it was last asked; None where only the command knows."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario's samples. Times are medians in seconds; ``ratio`` is how many times faster than the baseline,
    ``interval`` where that lies with a confidence of 95 %, ``spread`` the lowest and highest ratio of the rounds.
    ``peak`` is in bytes. ``agrees`` says that it found what the first scenario that judges has found.
    """

    scenario: str
    samples: int
    wall: float
    fastest: float
    cpu: float
    inner: float
    peak: int
    requests: int
    ratio: float
    spread: tuple[float, float]
    interval: tuple[float, float]
    agrees: bool


def run(
    scenarios: Sequence[Scenario],
    *,
    samples: int,
    memory: int = 1,
    kubeconfig: str,
    environment: Mapping[str, str],
    count: Count = None,
    tell: Tell = lambda _line: None,
) -> list[Sample]:
    """One warm-up of each scenario, then ``samples`` rounds through all of them.

    In the first ``memory`` rounds every command runs once more for its peak memory, since looking at it takes time.
    Raises SampleError.
    """
    commands = {scenario.name: [*scenario.command, "--kubeconfig", kubeconfig] for scenario in scenarios}
    taken = []
    for number in range(-1, samples):
        for scenario in scenarios:
            tell(f"{scenario.name}: {'warm-up' if number < 0 else f'{number + 1} of {samples}'}")
            if count:
                count()
            sample = take(scenario.name, number, commands[scenario.name], _own(environment, scenario))
            if count:
                sample = msgspec.structs.replace(sample, requests=count())
            if 0 <= number < memory:
                tell(f"{scenario.name}: memory, {number + 1} of {memory}")
                peak = peak_of(commands[scenario.name], _own(environment, scenario))
                sample = msgspec.structs.replace(sample, peak=peak)
            if number >= 0:
                taken.append(sample)
    return taken


def _own(environment: Mapping[str, str], scenario: Scenario) -> dict[str, str]:
    """A state folder of its own: runs that share one share a budget, and one would wait for what another has spent."""
    folder = environment.get("XDG_STATE_HOME")
    return {**environment, **({"XDG_STATE_HOME": f"{folder}/{scenario.name}"} if folder else {})}


def summarize(samples: Sequence[Sample]) -> list[Summary]:
    """Medians by scenario, and ratios to the first scenario, round by round."""
    names = list(dict.fromkeys(sample.scenario for sample in samples))
    rounds = {name: {each.number: each for each in samples if each.scenario == name} for name in names}
    judging = next((sample.scenario for sample in samples if sample.found >= 0), names[0])
    found = {sample.found for sample in rounds[judging].values()}
    return [_summary(name, rounds[name], rounds[names[0]], found) for name in names]


def _summary(name: str, mine: Mapping[int, Sample], baseline: Mapping[int, Sample], right: set[int]) -> Summary:
    walls = [sample.wall for sample in mine.values()]
    ratios = [baseline[number].wall / sample.wall for number, sample in mine.items() if number in baseline]
    peaks = [sample.peak for sample in mine.values() if sample.peak]
    found = {sample.found for sample in mine.values()} - {-1}
    return Summary(
        scenario=name,
        samples=len(mine),
        wall=statistics.median(walls),
        fastest=min(walls),
        cpu=statistics.median(sample.cpu for sample in mine.values()),
        inner=statistics.median(sample.inner for sample in mine.values()),
        peak=round(statistics.median(peaks)) if peaks else 0,
        requests=round(statistics.median(sample.requests for sample in mine.values())),
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
        interval=bootstrap_median(ratios),
        agrees=not found or found == right,
    )
