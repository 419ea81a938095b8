"""Work whose worker dies is handed to another one; where all are down it waits for one, until the deadline."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from ray.exceptions import ActorUnavailableError

from homeperf_ray.actors.attempts import ATTEMPTS, Attempts
from homeperf_ray.actors.workers import Member, Workers
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.request import Access

GONE = ActorUnavailableError("it is being restarted", b"0" * 16)


class Calls:
    """Answers as it was told, an error or a word; the last answer stays."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.members: list[str] = []

    async def __call__(self, member: Member) -> Any:
        self.members.append(member.name)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def attempts(*names: str, timeout: float = 20.0) -> Attempts:
    members = [Member(name, SimpleNamespace()) for name in names]
    return Attempts(Workers(members), CheckJob(run="r", access=Access(()), timeout=timeout), "home")


async def test_a_worker_that_is_down_is_waited_for_and_its_death_counts_once():
    calls = Calls(*[GONE] * (ATTEMPTS + 3), "answer")
    answer, lost = await attempts("worker-0").on_a_worker("list", "pods", calls)
    assert answer == "answer"
    assert [(row.worker, row.error, row.sent) for row in lost] == [("worker-0", "worker_lost", 1)]


async def test_another_worker_does_it_where_one_died():
    calls = Calls(GONE, "answer")
    answer, lost = await attempts("worker-0", "worker-1").on_a_worker("list", "pods", calls)
    assert answer == "answer"
    assert len(lost) == 1
    assert sorted(calls.members) == ["worker-0", "worker-1"]


async def test_nobody_waits_beyond_the_deadline():
    answer, lost = await attempts("worker-0", timeout=0.3).on_a_worker("list", "pods", Calls(GONE))
    assert answer is None
    assert len(lost) == 1


async def test_many_that_died_at_once_are_no_fault_of_the_work():
    names = [f"worker-{number}" for number in range(12)]
    answer, lost = await attempts(*names).on_a_worker("list", "pods", Calls(*[GONE] * 15, "answer"))
    assert answer == "answer"
    assert sorted(row.worker for row in lost) == sorted(names)


async def test_what_kills_every_worker_is_given_up():
    """Ray starts each anew, and it answers others before it is handed this."""
    work, count = attempts("worker-0", "worker-1"), 0

    async def deadly(member: Member) -> None:
        nonlocal count
        count += 1
        asyncio.get_running_loop().call_later(0.01, setattr, member, "down", False)
        raise GONE

    answer, lost = await work.on_a_worker("list", "pods", deadly)
    assert (answer, count, len(lost)) == (None, ATTEMPTS, ATTEMPTS)
