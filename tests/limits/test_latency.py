"""The latency watch on made latencies: it hears what doubles, and neither sizes nor noise."""

import math
import random

import pytest

from homeperf_ray.limits.latency import FLOOR, LatencyWatch


class Server:
    """Twenty kinds of requests whose latencies scatter around a typical one of 30 ms to 2 s each."""

    def __init__(self, seed: int, sigma: float, kinds: int = 20) -> None:
        self.random = random.Random(seed)
        self.typical = [self.random.uniform(0.03, 2) for _ in range(kinds)]
        self.sigma = sigma
        self.watch = LatencyWatch()

    def signs(self, count: int, factor: float = 1.0, share: float = 1.0, outliers: float = 0.0) -> list[int]:
        found = []
        for number in range(count):
            kind = self.random.randrange(len(self.typical))
            seconds = self.typical[kind] * math.exp(self.random.gauss(0, self.sigma))
            seconds *= factor if self.random.random() < share else 1
            seconds *= self.random.uniform(2, 10) if self.random.random() < outliers else 1
            if self.watch.observe(f"list {kind}", 1000, seconds):
                found.append(number)
        return found


@pytest.mark.parametrize("sigma", [0.0, 0.1, 0.3, 0.5])
@pytest.mark.parametrize("seed", range(4))
def test_noise_and_outliers_are_no_rise(seed: int, sigma: float):
    assert Server(seed, sigma).signs(4000, outliers=0.02) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_rise_is_heard_within_a_window(seed: int):
    server = Server(seed, 0.2)
    assert server.signs(1500) == []
    assert server.signs(64, factor=2.5)


@pytest.mark.parametrize("seed", range(4))
def test_a_rise_of_the_slowest_third_is_heard_too(seed: int):
    server = Server(seed, 0.2)
    server.signs(1500)
    assert server.signs(128, factor=4, share=0.3)


def test_a_lasting_rise_becomes_usual_and_is_then_heard_no_more():
    server = Server(1, 0.1, kinds=2)
    server.signs(1000)
    assert server.signs(400, factor=3)
    server.signs(4000, factor=3)
    assert server.signs(1000, factor=3) == []


def test_lists_of_other_sizes_are_no_rise():
    watch, chance = LatencyWatch(), random.Random(3)
    sizes = [2**power for power in range(10, 23)]
    heard = 0
    for number in range(4000):
        size = chance.choice(sizes[: 3 + number // 400])
        heard += watch.observe("list pods", size, 0.03 + size / 2e6 * math.exp(chance.gauss(0, 0.1)))
    assert heard == 0


def test_what_nobody_can_feel_is_no_rise():
    watch = LatencyWatch()
    heard = [watch.observe("list pods", 1000, FLOOR / 20 if number < 500 else FLOOR / 2) for number in range(1000)]
    assert not any(heard)


def test_first_requests_are_never_judged():
    watch = LatencyWatch()
    assert not any(watch.observe(f"list {number}", 10**number, 10.0**number) for number in range(6))
