"""Pages on their way from a runtime to its client, without a runtime."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import msgspec
import pytest

from homeperf_ray.actors.getting import AHEAD, Outbox, run_get
from homeperf_ray.actors.protocol import Anew, Piece
from homeperf_ray.actors.workers import Member, Workers
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.kube.connection import Answer
from homeperf_ray.kube.request import Access, Request
from homeperf_ray.kube.resources import CORE, PODS
from homeperf_ray.kube.target import load_target
from homeperf_ray.objects.job import GetJob, Part, Wanted
from homeperf_ray.objects.outcome import Gathering, Got
from homeperf_ray.objects.receive import Receiving

SERVED = next(served for served in CORE if served.resource == PODS)
LIST = Part(Request(SERVED, "media"))
ONE = Part(Request(SERVED, "media"), "web-0")
PAGE = b'{"kind":"PodList","apiVersion":"v1","metadata":{"continue":"next"},"items":[{"a":1},{"b":2}]}'
LAST = b'{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"c":3}]}'


async def drained(outbox: Outbox) -> list[Piece | Anew]:
    sent: list[Piece | Anew] = []

    async def send(answer: Piece | Anew) -> None:
        sent.append(answer)

    outbox.over()
    await outbox.drain(send)
    return sent


async def test_pages_leave_in_order_and_are_counted():
    outbox = Outbox()
    outbox.begin(LIST)
    page = outbox.page(LIST, PAGE)
    assert (page.rows, page.continue_token) == (2, "next")
    assert (outbox.page(LIST, LAST).continue_token, outbox.page(ONE, b"{}").rows) == ("", 1)
    assert await drained(outbox) == [
        Anew(LIST.path),
        Piece(LIST.path, PAGE),
        Piece(LIST.path, LAST),
        Piece(ONE.path, b"{}"),
    ]


async def test_rows_of_a_table_count_too_and_what_is_no_json_is_an_error():
    outbox = Outbox()
    assert outbox.page(LIST, b'{"kind":"Table","rows":[{},{},{}]}').rows == 3
    with pytest.raises(msgspec.MsgspecError):
        outbox.page(LIST, b"<html>")


async def test_nothing_more_is_asked_for_while_a_client_is_slow():
    outbox = Outbox()
    taking = asyncio.Event()
    body = b'{"items":[]}' + b" " * AHEAD

    async def send(answer: Piece | Anew) -> None:
        await taking.wait()

    outbox.page(LIST, body)
    draining = asyncio.create_task(outbox.drain(send))
    waiting = asyncio.create_task(outbox.room())
    await asyncio.wait({waiting}, timeout=0.2)
    assert not waiting.done()
    taking.set()
    await asyncio.wait_for(waiting, 10)
    outbox.over()
    await asyncio.wait_for(draining, 10)


def gathering(*got: Got) -> bytes:
    return msgspec.msgpack.encode(Gathering(context="homelab", got=got))


def test_what_came_before_a_list_began_anew_is_void():
    receiving = Receiving("object")
    receiving.begin(LIST.path)
    receiving.take(LIST.path, PAGE)
    receiving.begin(LIST.path)
    receiving.take(LIST.path, LAST)
    [got] = receiving.gathering(gathering(Got(part=LIST)), "https://there").got
    assert [bytes(item) for page in got.pages for item in page.items] == [b'{"c":3}']
    assert got.count == 1


def test_a_page_that_is_not_understood_fails_its_part_and_a_failure_stays_one():
    receiving = Receiving("object")
    receiving.take(LIST.path, b'{"kind":"Pod"}')
    receiving.take(ONE.path, b'{"kind":"Pod"}')
    other = Part(Request(SERVED, "web"))
    failure = Failure("forbidden", "may not")
    receiving.take(other.path, PAGE)
    deep = Part(Request(SERVED, "deep"))
    receiving.take(deep.path, b'{"kind":"PodList","items":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}")
    found = receiving.gathering(
        gathering(Got(part=LIST), Got(part=ONE), Got(part=other, failure=failure), Got(part=deep)), "there"
    )
    listed, one, denied, nested = found.got
    assert nested.failure is not None
    assert nested.failure.message == "there: the list of pods could not be understood (RecursionError)"
    assert listed.failure is not None
    assert listed.failure.message == "there: a list was due, and Pod came"
    assert [bytes(item) for page in one.pages for item in page.items] == [b'{"kind":"Pod"}']
    assert (denied.failure, denied.pages) == (failure, ())
    assert not found.whole


def kubeconfig(current: str) -> str:
    return f"""
current-context: {current}
clusters:
- {{name: home, cluster: {{server: "https://home:6443"}}}}
- {{name: work, cluster: {{server: "https://work:6443"}}}}
users: [{{name: me, user: {{token: secret}}}}]
contexts: [{{name: home, context: {{cluster: home, user: me}}}}, {{name: work, context: {{cluster: work, user: me}}}}]
"""


async def test_another_current_context_does_not_count_in_the_middle_of_a_run(tmp_path):
    path = tmp_path / "config"
    path.write_text(kubeconfig("home"))
    asked: list[str] = []

    async def get(job, path_, query, operation, accept, timeout) -> Answer:
        path.write_text(kubeconfig("work"))
        asked.append(load_target(job.access).server)
        return Answer(operation=operation, body=LAST)

    async def send(answer: Piece | Anew) -> None:
        pass

    workers = Workers([Member("worker-0", SimpleNamespace(get=SimpleNamespace(remote=get)))])
    job = GetJob(run="r", access=Access((str(path),)), wanted=(Wanted("pods"), Wanted("nodes")), form="object")
    gathered = await run_get(workers, job, "", send)
    assert "https://home:6443" in gathered.target
    assert asked == ["https://home:6443"] * 2
