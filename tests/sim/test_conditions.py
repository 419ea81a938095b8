from __future__ import annotations

import asyncio
import statistics
import threading
import time
from random import Random

import aiohttp
import pytest

from homeperf_ray.sim import bandwidth, delays
from homeperf_ray.sim.bandwidth import Bandwidth, BandwidthError
from homeperf_ray.sim.delays import DelayError
from homeperf_ray.sim.fairness import Fairness, Level, width
from homeperf_ray.sim.flowcontrol import PriorityLevel
from homeperf_ray.sim.routes import Route
from homeperf_ray.sim.turns import Turn
from homeperf_ray.sim.users import User
from tests.sim.api import Api


def test_a_fixed_latency_is_always_the_same():
    assert [delays.read("20ms").draw(Random(1)) for _ in range(3)] == [0.02] * 3


def test_a_normal_latency_has_its_mean_and_deviation_and_nothing_below_zero():
    rng, delay = Random(1), delays.read("normal:20ms,5ms")
    drawn = [delay.draw(rng) for _ in range(5_000)]
    assert statistics.mean(drawn) == pytest.approx(0.02, rel=0.02)
    assert statistics.stdev(drawn) == pytest.approx(0.005, rel=0.05)
    wide = delays.read("normal:5ms,50ms")
    assert min(wide.draw(rng) for _ in range(2_000)) >= 0


def test_a_recorded_latency_comes_from_the_lines_of_a_file(tmp_path):
    path = tmp_path / "times"
    path.write_text("# first byte\n12ms\n0.03\n\n1.5s  # a slow one\n250us\n")
    delay = delays.read(f"recorded:{path}")
    assert delay.samples == (0.00025, 0.012, 0.03, 1.5)
    rng = Random(1)
    assert {delay.draw(rng) for _ in range(100)} == set(delay.samples)


def test_a_recorded_latency_comes_from_homeperfs_timings(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"first_byte": [0.01, 0.02, 0.0, None], "other": [1, 2, 3, 4]}), tmp_path / "a.parquet")
    assert delays.read(f"recorded:{tmp_path}").samples == (0.01, 0.02)
    assert delays.read(f"recorded:{tmp_path / 'a.parquet'}").samples == (0.01, 0.02)


def test_of_many_recorded_times_the_quantiles_are_kept(tmp_path):
    path = tmp_path / "times"
    path.write_text("\n".join(f"{number}us" for number in range(30_000)))
    kept = delays.recorded(path)
    assert len(kept) == delays.SAMPLES
    assert statistics.median(kept) == pytest.approx(0.015, rel=0.001)


@pytest.mark.parametrize("text", ["soon", "normal:20ms", "recorded:", "recorded:/no/such/file", "2m", "gamma:1,2"])
def test_a_latency_that_cannot_be_read_says_why(text):
    with pytest.raises(DelayError):
        delays.read(text)


def test_bandwidth_is_read_in_bytes_a_second():
    assert [bandwidth.read(text) for text in ("10MB/s", "512KiB/s", "4096")] == [10e6, 524_288, 4_096]
    with pytest.raises(BandwidthError):
        bandwidth.read("fast")


def test_bandwidth_is_shared_and_silence_saves_up_no_more_than_a_burst():
    shared = Bandwidth(1_000_000)
    waits = [shared.reserve(10_000, 5.0) for _ in range(10)]
    assert waits[-1] == pytest.approx(0.08)
    assert shared.reserve(10_000, 100.0) == 0.0
    assert shared.reserve(100_000, 100.0) == pytest.approx(0.09)


def test_a_body_goes_out_no_faster_than_the_bandwidth_however_many_connections_there_are(make_homelab):
    api = Api(make_homelab(bandwidth=1_000_000))
    size = len(api.get("/api/v1/nodes").body)
    api.get("/api/v1/pods", limit=100)
    began = time.monotonic()
    bodies: list[int] = []
    threads = [
        threading.Thread(target=lambda: bodies.append(len(api.get("/api/v1/pods", limit=100).body))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(bodies)) == 1
    assert time.monotonic() - began >= sum(bodies) / 1_000_000 - 0.05
    assert size < bodies[0]


def test_a_wide_list_takes_up_to_ten_seats():
    assert width("get", {}, 100_000) == width("watch", {}, 100_000) == 1
    assert width("list", {}, 40) == 1
    assert width("list", {}, 300) == 6
    assert width("list", {}, 100_000) == 10
    assert width("list", {"limit": "100"}, 100_000) == 2
    assert width("list", {"limit": "100", "labelSelector": "a=b"}, 300) == 4
    assert width("list", {}, 300, cached=True) == 3


def queue(seats: int, **fields: int) -> Level:
    return Level(PriorityLevel("test", 1, **{"queues": 8, "hand": 2, "length": 3, **fields}), seats)


def test_seats_are_held_until_they_are_given_back():
    level = queue(3)
    first, second, third = level.ask("a", 2), level.ask("a", 1), level.ask("a", 1)
    assert (first.seated, second.seated, third.seated) == (True, True, False)
    level.leave(first)
    assert third.seated
    assert level.in_use == 2


def test_a_request_that_is_wider_than_its_level_runs_alone():
    level = queue(3)
    narrow, wide = level.ask("a", 1), level.ask("b", 10)
    assert not wide.seated
    level.leave(narrow)
    assert wide.seated
    assert not level.ask("a", 1).seated


def test_a_flow_whose_queues_are_full_is_refused_and_others_are_not():
    level = queue(1, queues=64)
    level.ask("a", 1)
    tickets = [level.ask("flood", 1) for _ in range(10)]
    assert [ticket.refused for ticket in tickets] == [""] * 6 + ["queue-full"] * 4
    assert not level.ask("quiet", 1).refused


def test_a_quiet_flow_does_not_wait_for_all_of_a_loud_one():
    level = queue(1, queues=64, length=50)
    running = level.ask("loud", 1)
    loud = [level.ask("loud", 1) for _ in range(60)]
    quiet = level.ask("quiet", 1)
    turns = 0
    while not quiet.seated:
        level.leave(running)
        running = next((ticket for ticket in loud if ticket.seated), quiet)
        turns += 1
    assert turns <= 4


def test_who_gives_up_waiting_leaves_no_hole():
    level = queue(1)
    running, waiting, behind = level.ask("a", 1), level.ask("a", 1), level.ask("a", 1)
    level.leave(waiting)
    level.leave(running)
    assert behind.seated
    assert level.waiting == 0


async def test_who_waits_too_long_is_refused_and_leaves_the_queue():
    fairness, user = Fairness(20), User("reader", ("system:authenticated",))
    turns = [Turn(fairness, user, Route("get", "/api/v1/nodes"), lambda: 1) for _ in range(3)]
    assert [turn.granted for turn in turns] == [True, True, False]

    async def timed_out(_seated):
        return True

    assert not await turns[2].wait(timed_out)
    assert turns[2].refused
    turns[2].over()
    assert fairness.report()["global-default"] == {
        "seats": 2, "in_use": 2, "executing": 2, "waiting": 0, "dispatched": 2, "rejected": 1,
    }  # fmt: skip
    for turn in turns:
        turn.over()
    assert fairness.report()["global-default"]["in_use"] == 0


def test_seats_are_dealt_by_shares():
    levels = Fairness(600).report()
    assert (levels["global-default"]["seats"], levels["workload-low"]["seats"]) == (49, 245)
    assert levels["exempt"]["seats"] is None


@pytest.fixture
def fair(make_homelab):
    return make_homelab(fairness=True, seats=20, latency=0.4)


def test_headers_name_objects_that_are_served(make_homelab):
    for version, api_version in (("1.34", "v1"), ("1.20", "v1beta1")):
        sim = make_homelab(pods=20, nodes=2, namespaces=5, pvcs=0, kubernetes_version=version, fairness=True)
        for context, schema, level in (("homelab", "exempt", "exempt"), ("reader", "global-default", "global-default")):
            api = Api(sim, context)
            headers = api.get("/api/v1/nodes").headers
            group = f"/apis/flowcontrol.apiserver.k8s.io/{api_version}"
            found = {
                item["metadata"]["uid"]: item["metadata"]["name"]
                for plural in ("flowschemas", "prioritylevelconfigurations")
                for item in api.get(f"{group}/{plural}").json["items"]
            }
            assert found[headers["X-Kubernetes-PF-FlowSchema-UID"]] == schema
            assert found[headers["X-Kubernetes-PF-PriorityLevel-UID"]] == level


async def test_a_flood_gets_429_and_an_administrator_waits_for_nobody(make_homelab):
    slow = make_homelab(fairness=True, seats=20, latency=3.0)
    reader, refused, first = Api(slow, "reader"), [], asyncio.Event()
    url = f"https://{reader.address.netloc}/api/v1/namespaces/media"
    connector = aiohttp.TCPConnector(ssl=reader.tls, limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=reader.headers()) as session:

        async def get() -> None:
            async with session.get(url) as answer:
                if answer.status == 429:
                    refused.append((answer.headers, await answer.read()))
                    first.set()

        flood = [asyncio.create_task(get()) for _ in range(330)]
        await asyncio.wait_for(first.wait(), 60)
        answer = await asyncio.to_thread(Api(slow).get, "/api/v1/namespaces/media")
        levels = await asyncio.to_thread(slow.levels)
        for task in flood:
            task.cancel()
        await asyncio.gather(*flood, return_exceptions=True)
    headers, body = refused[0]
    assert headers["Retry-After"] == "1"
    assert headers["X-Kubernetes-PF-FlowSchema-UID"]
    assert body == b"Too many requests, please try again later.\n"
    assert answer.status == 200
    assert levels["exempt"]["dispatched"] == 1
    assert levels["global-default"]["seats"] == 2
    assert levels["global-default"]["waiting"] > 0
    assert levels["global-default"]["rejected"] >= len(refused) > 0


def test_requests_wait_for_seats_that_others_hold(fair):
    reader = Api(fair, "reader")
    began = time.monotonic()
    threads = [threading.Thread(target=reader.get, args=("/api/v1/pods",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 3 * 0.4, "each LIST is wider than the level, so they follow one another"


def test_a_watch_holds_its_seat_only_while_it_begins(fair):
    reader = Api(fair, "reader")
    connections = []
    for _ in range(3):
        connection = reader.connect()
        connection.request("GET", "/api/v1/nodes?watch=1&timeoutSeconds=30", headers=reader.headers())
        assert connection.getresponse().readline()
        connections.append(connection)
    assert reader.get("/api/v1/namespaces/media").status == 200
    assert fair.levels()["global-default"]["in_use"] == 0
    for connection in connections:
        connection.close()
