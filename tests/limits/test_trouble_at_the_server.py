"""A server in trouble, and how several processes' requests arrive there: slower, at once, and later faster again.

Each gate has its own view of the shared folder, as a process of its own has it.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from homeperf_ray.kube.connection import Answer, Connection
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.retry import RetryPolicy
from homeperf_ray.kube.target import load_target
from homeperf_ray.limits.lease import EXPIRY, Budget
from homeperf_ray.limits.local_budgets import LocalBudgets
from homeperf_ray.sim.process import RunningSim
from homeperf_ray.timings.operation import Operation
from tests.limits.windows import most_in_any_window

PROCESSES = 3
SMALL, LARGE = "/api/v1/namespaces/media", "/api/v1/pods"


@asynccontextmanager
async def connections(sim: RunningSim, folder: Path, budget: Budget, count: int = PROCESSES) -> AsyncIterator[list]:
    """Connections of as many processes of one user, which try everything once."""
    target = load_target(Access((str(sim.kubeconfig),)))
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(count):
            budgets = LocalBudgets(folder)
            stack.push_async_callback(budgets.close)
            gate = budgets.gate(target.server_id, target.origin, budget)
            opened.append(Connection(target, gate=gate, retry=RetryPolicy(attempts=1)))
            stack.push_async_callback(opened[-1].close)
        yield opened


async def get(connection: Connection, path: str = SMALL) -> Answer:
    kind, resource = ("list", "pods") if path == LARGE else ("get", "namespaces")
    return await connection.get(path, operation=Operation(kind=kind, started=time.time(), resource=resource))


@asynccontextmanager
async def streams(opened: list[Connection], at_once: int = 4) -> AsyncIterator[list[Answer]]:
    """All of them send one small GET after the other; the answers so far."""
    answers: list[Answer] = []

    async def one(connection: Connection) -> None:
        while True:
            answers.append(await get(connection))

    tasks = [asyncio.create_task(one(connection)) for connection in opened for _ in range(at_once)]
    try:
        yield answers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - it is about what a server saw
            await asyncio.sleep(0.02)


def slowed(answers: list[Answer], why: str) -> list[float]:
    """The rates at which requests were sent while the budget was lowered."""
    return [one.operation.rate for one in answers if one.operation.slowed == why]


def arrivals(sim: RunningSim) -> list[float]:
    return sorted(one["time"] for one in sim.arrivals()["arrivals"])


@pytest.mark.parametrize("status", [429, 503])
async def test_when_one_is_refused_all_hold_still_for_as_long_as_the_server_asks_and_go_on_slower(
    make_homelab, tmp_path: Path, status: int
):
    sim, budget, asked = make_homelab(), Budget(100, 20), 3
    async with connections(sim, tmp_path, budget) as opened, streams(opened) as answers:
        await until(lambda: len(answers) > 60)
        before = time.monotonic()
        sim.fault("status", status=status, retry_after=asked, times=1)
        await until(lambda: any(one.operation.status == status for one in answers))
        await until(lambda: bool(slowed(answers, str(status))))
        slow = slowed(answers, str(status))[0]
        await until(lambda: slowed(answers, str(status))[-1] > slow + 2)
    assert [one.operation.status for one in answers].count(status) == 1
    times = arrivals(sim)
    pause, start = max((later - earlier, later) for earlier, later in itertools.pairwise(times) if later > before)
    assert pause > asked - EXPIRY - 1, "a second is for a machine with other work"
    assert start > before + asked, "nobody came earlier"
    assert slow < 0.75 * budget.qps, "it was halved, and has grown a little since"
    since = [moment for moment in times if start <= moment < start + 4]
    assert most_in_any_window(since, 0.75 * budget.qps, slack=EXPIRY) <= budget.burst / 2
    assert most_in_any_window(times, budget.qps, slack=EXPIRY) <= budget.burst


async def test_when_latency_doubles_the_rate_is_halved_for_all_and_grows_when_it_is_over(make_homelab, tmp_path: Path):
    sim, budget = make_homelab(latency=0.03), Budget(400, 40)
    async with connections(sim, tmp_path, budget) as opened:
        watching, other = opened[0], opened[1]
        async with streams([watching], at_once=10) as answers:
            await until(lambda: len(answers) > 300)
            sim.fault("latency", seconds=0.5)
            await until(lambda: answers[-1].operation.slowed == "latency")
        told = (await get(other)).operation
        sim.clear_faults()
        await asyncio.sleep(1)
        later = (await get(other)).operation
    assert told.slowed == "latency", "the other process was told, too"
    assert told.rate < 0.75 * budget.qps
    assert told.rate < later.rate <= budget.qps


async def test_a_heavy_list_is_rarer_while_the_server_is_in_trouble(make_homelab, tmp_path: Path):
    sim, budget, count = make_homelab(pods=1_200), Budget(50, 2), 4
    async with connections(sim, tmp_path, budget, 1) as [connection]:
        size = len((await get(connection, LARGE)).body)
        sim.fault("status", status=429, retry_after=0, times=1)
        await get(connection)
        sim.reset_counts()
        for _ in range(count):
            answer = await get(connection, LARGE)
            assert answer.operation.slowed == "429"
    weight = min(size // (512 * 1024), 10)
    assert weight >= 5
    times = arrivals(sim)
    assert times[-1] - times[0] > (count - 1) * (weight - 1) / budget.qps - EXPIRY, "each waited for several permits"


async def test_idle_processes_save_up_no_burst(make_homelab, tmp_path: Path):
    """Each has leased more than it sent; what is left has expired when all of them have work at once."""
    sim, budget = make_homelab(), Budget(100, 40)
    async with connections(sim, tmp_path, budget, 10) as opened:
        for _ in range(3):
            await asyncio.gather(*(get(connection) for connection in opened))
            await asyncio.sleep(0.4)
        await asyncio.gather(*(get(connection) for connection in opened for _ in range(12)))
    times = arrivals(sim)
    assert len(times) == 150
    assert most_in_any_window(times, budget.qps, slack=EXPIRY) <= budget.burst
