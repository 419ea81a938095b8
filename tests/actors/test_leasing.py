"""A limiter that dies and comes back, without Ray: who asks waits, and news of trouble are not lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ray.exceptions import ActorDiedError, RayActorError

from homeperf_ray.actors import leasing
from homeperf_ray.kube.gate import Answered
from homeperf_ray.limits.accounts import OwnAccounts
from homeperf_ray.limits.clock import boottime
from homeperf_ray.limits.lease import Budget, Sign
from homeperf_ray.limits.limiter import Limiter

BUDGET = Budget(50, 100)


class Method:
    def __init__(self, call: Any) -> None:
        self.remote = call


class Actor:
    """An actor that is dead for the first ``dead`` calls of each of its methods."""

    def __init__(self, dead: int) -> None:
        self._limiter = Limiter(OwnAccounts(boottime), boottime)
        self._dead = {"lease": dead, "heed": dead}
        self.heard: list[Sign] = []
        self.lease, self.heed = Method(self._lease), Method(self._heed)

    def _die(self, method: str) -> None:
        self._dead[method] -= 1
        if self._dead[method] >= 0:
            raise ActorDiedError

    async def _lease(self, *question: Any) -> Any:
        self._die("lease")
        return await self._limiter.lease(*question)

    async def _heed(self, server: str, budget: Budget, sign: Sign) -> None:
        self._die("heed")
        self.heard.append(sign)
        await self._limiter.heed(server, budget, sign)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leasing, "REST", 0.05)


async def test_requests_wait_for_a_limiter_that_is_dead():
    gate = leasing.leased_gate(Actor(dead=3), "s", "https://homelab", BUDGET)
    assert (await gate.acquire()).rate == 50


async def test_a_sign_of_trouble_is_kept_for_it_and_is_as_old_as_it_is_by_then():
    actor = Actor(dead=2)
    gate = leasing.leased_gate(actor, "s", "https://homelab", BUDGET)
    gate.report(Answered(429, 0.02, 30.0, "list pods"))
    async with asyncio.timeout(20):
        while not actor.heard:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    [sign] = actor.heard
    assert sign.age >= 0.02 + 2 * 0.05
    assert sign.pause == pytest.approx(30 - (sign.age - 0.02))


async def test_old_news_are_given_up(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(RayActorError):
        await leasing.patiently(lambda _: Actor(dead=1000).lease.remote(), 0.1)
