import json
from pathlib import Path

import pytest

from homeperf_ray.bench.sample import SampleError
from homeperf_ray.bench.scale import Point, Reading, reading_of, scaled, sweep
from homeperf_ray.timings.dataset import encode, store
from homeperf_ray.timings.operation import Operation
from tests.cli.command import Homeperf


def listed(started: float, total: float, waited: float = 0.0, sent: int = 1) -> Operation:
    return Operation(kind="list", started=started, resource="pods", queue=waited, total=waited + total, sent=sent)


def reading(requests: int, seconds: float) -> Reading:
    return Reading(requests=requests, seconds=seconds, latencies=(0.02,) * requests)


def test_a_reading_is_from_the_first_request_to_the_last_answer(tmp_path: Path):
    rows = [
        Operation(kind="discover", started=99.0, total=50.0, sent=1),
        listed(100.0, 0.5),
        listed(100.0, 0.5, waited=0.5),
        listed(100.0, 9.0, sent=0),
    ]
    store(tmp_path, encode(rows), started=100.0, run="r")
    told = reading_of(tmp_path)
    assert told.requests == 2
    assert told.seconds == pytest.approx(1.0, abs=1e-3)
    assert told.latencies == pytest.approx((0.5, 0.5))
    assert told.throughput == pytest.approx(2.0, rel=1e-3)


def test_a_command_that_sent_nothing_is_no_reading(tmp_path: Path):
    with pytest.raises(SampleError, match="no request"):
        reading_of(tmp_path)


def test_speed_up_is_to_the_first_of_the_same_series_and_the_knee_is_where_it_bends():
    local = {Point(n, 0, 30, 300): [reading(100, 10 / gain)] for n, gain in ((1, 1), (8, 7), (20, 9.5), (64, 10))}
    ray = {Point(n, 2, 30, 300): [reading(100, 5 / gain)] for n, gain in ((1, 1), (64, 2))}
    told = scaled({**local, **ray})
    assert [round(each.speedup, 3) for each in told] == [1, 7, 9.5, 10, 1, 2]
    assert [each.point.concurrency for each in told if each.knee] == [20, 64]
    assert told[0].latency.p50 == 0.02


def test_points_take_turns_after_one_warm_up():
    taken = []

    def take(point: Point) -> Reading:
        taken.append(point.concurrency)
        return reading(1, 1)

    sweep([Point(1, 0, 30, 300), Point(2, 0, 30, 300)], 2, take)
    assert taken == [1, 1, 2, 1, 2]


def test_more_requests_under_way_read_the_same_and_faster(tmp_path: Path):
    done = Homeperf(tmp_path).run(
        *("bench", "scale", "--concurrency", "1,6", "--namespaces", "5", "--pods", "60", "--samples", "1"),
        *("--latency", "50", "-o", "json"),
        timeout=300,
    )
    assert done.code == 0, done.err
    one, six = json.loads(done.out)
    assert one["requests"] == six["requests"] == 30
    assert six["speedup"] > 1.5
    assert six["latency"]["p50"] >= 0.05


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--concurrency", "0"], "at least 1"),
        (["--workers", "x"], "numbers with commas"),
        (["--pods", "1"], "at least"),
    ],
)
def test_what_makes_no_sweep_is_refused(tmp_path: Path, arguments: list[str], said: str):
    done = Homeperf(tmp_path).run("bench", "scale", *arguments)
    assert done.code == 3
    assert said in done.err
