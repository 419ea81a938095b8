import asyncio
import json
from pathlib import Path

import pytest

from homeperf_ray.bench import load
from homeperf_ray.bench.bare import BareClient
from homeperf_ray.bench.load import step
from homeperf_ray.bench.load_run import LoadError, run
from homeperf_ray.bench.percentile import Latency, percentile
from tests.cli.command import Homeperf


async def test_requests_leave_when_they_are_due_and_wait_for_no_answer():
    released = asyncio.Event()
    asked = 0

    async def ask(path: str) -> tuple[int, int]:
        nonlocal asked
        asked += 1
        if asked == 20:
            released.set()
        await released.wait()
        return 200, 10

    told = await step(ask, ["/a"], rate=200, seconds=0.1)
    assert (told.sent, told.in_flight, told.statuses, told.bytes) == (20, 20, {"200": 20}, 200)
    assert told.latency.p99 > told.latency.p50 > 0


async def test_a_latency_counts_from_when_the_request_was_due():
    async def ask(path: str) -> tuple[int, int]:
        import time

        time.sleep(0.02)  # noqa: ASYNC251 - everybody is held up, the load test too
        return 200, 0

    told = await step(ask, ["/a"], rate=1000, seconds=0.02)
    assert told.lag.max > 0.1
    assert told.latency.max >= told.lag.max
    assert told.service.max < told.latency.max


async def test_a_server_that_no_longer_keeps_up_ends_the_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(load, "IN_FLIGHT", 5)
    monkeypatch.setattr(load, "PATIENCE", 0.05)

    async def ask(path: str) -> tuple[int, int]:
        await asyncio.Event().wait()
        raise AssertionError

    told = await step(ask, ["/a"], rate=10_000, seconds=1)
    assert told.saturated
    assert (told.sent, told.failed, told.statuses) == (5, 5, {"0": 5})
    assert told.latency == Latency()


async def test_refusals_and_resets_are_counted_and_paths_take_turns():
    paths = []

    async def ask(path: str) -> tuple[int, int]:
        paths.append(path)
        if path == "/busy":
            return 429, 0
        raise ConnectionResetError

    told = await step(ask, ["/busy", "/gone"], rate=1000, seconds=0.01)
    assert told.statuses == {"0": 5, "429": 5}
    assert told.failed == 10
    assert paths == ["/busy", "/gone"] * 5


def test_percentiles_are_values_that_were_measured():
    values = [float(value) for value in range(1, 1001)]
    told = Latency.of(reversed(values))
    assert (told.p50, told.p95, told.p99, told.p999, told.max) == (500, 950, 990, 999, 1000)
    assert percentile([7.0], 0.5) == 7.0
    assert Latency.of([]) == Latency()


async def test_the_homelab_receives_what_was_sent_and_the_neighbour_feels_it(homelab):
    homelab.reset()
    told = await run(str(homelab.kubeconfig), "", rates=[40], seconds=1, paths=["/api/v1/namespaces?limit=5"])
    assert [one.rate for one in told] == [0, 40]
    assert told[1].sent == 40
    assert told[1].statuses == {"200": 40}
    assert all(one.neighbour.p50 > 0 for one in told)
    rows = homelab.counts()["requests"]
    assert sum(row["count"] for row in rows if (row["verb"], row["resource"]) == ("list", "namespaces")) == 41


async def test_a_path_that_is_not_there_is_asked_for_once(homelab):
    homelab.reset()
    with pytest.raises(LoadError, match="404"):
        await run(str(homelab.kubeconfig), "", rates=[40], seconds=1, paths=["/api/v1/nothing"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rates", "51"], "--beyond-ceiling"),
        (["--rates", "5,5,5", "--seconds", "30"], "--beyond-ceiling"),
        (["--rates", "fast"], "numbers with commas"),
        (["--rates", "0"], "above 0"),
        (["--rates", "5,20000"], "at most"),
        (["--seconds", "600", "--rates", "1,2"], "in all"),
        (["--path", "api/v1/pods"], "begins with /"),
    ],
)
def test_a_real_cluster_is_spared_unless_its_owner_says_otherwise(tmp_path: Path, arguments: list[str], said: str):
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text("{}")
    done = Homeperf(tmp_path).run("bench", "load", "--kubeconfig", str(kubeconfig), *arguments)
    assert done.code == 3
    assert said in done.err


def test_load_shows_each_rate(tmp_path: Path):
    done = Homeperf(tmp_path).run("bench", "load", "--rates", "20,40", "--seconds", "0.5", "-o", "json", timeout=120)
    told = json.loads(done.out)
    assert [one["rate"] for one in told] == [0, 20, 40]
    assert [one["sent"] for one in told] == [0, 10, 20]


def test_paths_are_below_the_path_of_the_server():
    class Session:
        def get(self, url: str, params: object) -> str:
            return url

    client = BareClient(Session(), "https://rancher.home.arpa/k8s/clusters/c-1")
    assert client.get("/api/v1/namespaces") == "https://rancher.home.arpa/k8s/clusters/c-1/api/v1/namespaces"
