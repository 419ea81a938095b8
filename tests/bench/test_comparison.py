import random

from homeperf_ray.bench.comparison import Verdict, compare
from homeperf_ray.bench.sample import Sample


def run(
    seed: int, rounds: int = 20, slow: float = 1.0, requests: int = 30, noise: float = 0.03, mood: float = 1.0
) -> list[Sample]:
    """Rounds of a yardstick and a check that takes ``slow`` times as long, on a machine in a ``mood``."""
    draw = random.Random(seed)
    taken = []
    for number in range(rounds):
        for name, wall in (("floor", 0.3), ("local", 0.5 * slow)):
            told = wall * mood * draw.lognormvariate(0, noise)
            taken.append(Sample(scenario=name, number=number, wall=told, cpu=told, requests=requests, found=3))
    return taken


def verdict(found: list[Verdict], scenario: str, metric: str) -> Verdict:
    [one] = [each for each in found if (each.scenario, each.metric) == (scenario, metric)]
    return one


def test_a_slowdown_is_told_with_its_size():
    found = compare(run(1), run(2, slow=1.1), absolute=True)
    told = verdict(found, "local", "wall")
    assert (told.word, told.worse) == ("slower", True)
    assert told.low < 1.1 < told.high
    assert verdict(found, "local", "wall-ratio").worse
    assert verdict(found, "floor", "wall").word == "same"


def test_what_matters_can_be_set():
    told = verdict(compare(run(1), run(2, slow=1.1), absolute=True, matters=0.3), "local", "wall")
    assert (told.word, told.worse) == ("same", False)


def test_what_got_faster_is_told_and_is_not_worse():
    told = verdict(compare(run(1), run(2, slow=0.8), absolute=True), "local", "wall")
    assert (told.word, told.worse) == ("faster", False)


def test_a_difference_that_does_not_matter_is_the_same():
    told = verdict(
        compare(run(1, rounds=50, noise=0.005), run(2, 50, 1.02, noise=0.005), absolute=True), "local", "wall"
    )
    assert told.p < 0.05
    assert told.word == "same"


def test_too_few_samples_are_unknown_and_never_the_same():
    found = compare(run(1, rounds=2), run(1, rounds=2), absolute=True)
    told = [each for each in found if each.unit in ("s", "x")]
    assert {each.word for each in told} == {"unknown"}
    assert all(each.few and "too few" in each.why for each in told)


def test_noise_is_unknown_and_never_the_same():
    told = verdict(compare(run(1, noise=0.5), run(2, noise=0.5), absolute=True), "local", "wall")
    assert (told.word, told.few) == ("unknown", False)
    assert "vary too much" in told.why


def test_a_busy_machine_slows_the_yardstick_as_well():
    found = compare(run(1), run(2, mood=1.5), absolute=False)
    assert not [each for each in found if each.metric in ("wall", "cpu")]
    assert verdict(found, "local", "wall-ratio").word == "same"
    assert not any(each.worse for each in found)


def test_counts_are_compared_exactly():
    assert verdict(compare(run(1), run(2, requests=31), absolute=False), "local", "requests").word == "more"
    assert verdict(compare(run(1), run(2, requests=29), absolute=False), "local", "requests").word == "fewer"
    assert verdict(compare(run(1), run(2), absolute=False), "local", "requests").word == "same"
    assert verdict(compare(run(1, rounds=1), run(2, rounds=1), absolute=False), "local", "requests").word == "unknown"


def test_counts_that_vary_within_a_run_are_unknown_unless_they_lie_apart():
    def counted(*requests: int) -> list[Sample]:
        return [
            Sample(scenario="a", number=number, wall=1, cpu=1, requests=count, found=0)
            for number, count in enumerate(requests)
        ]

    assert verdict(compare(counted(30, 31), counted(31, 30), absolute=False), "a", "requests").word == "unknown"
    assert verdict(compare(counted(30, 31), counted(32, 33), absolute=False), "a", "requests").word == "more"


def test_what_was_measured_on_one_side_only_is_unknown():
    only = [sample for sample in run(1) if sample.scenario == "floor"]
    told = verdict(compare(run(1), only, absolute=True), "local", "wall")
    assert (told.word, told.why, told.after) == ("unknown", "it was not measured after", None)


def test_the_same_code_seldom_cries_wolf_and_a_tenth_is_nearly_always_found():
    alarms = [any(each.worse for each in compare(run(s), run(1000 + s), absolute=False)) for s in range(100)]
    caught = [any(each.worse for each in compare(run(s), run(1000 + s, slow=1.1), absolute=False)) for s in range(100)]
    assert sum(alarms) <= 5
    assert sum(caught) >= 90
