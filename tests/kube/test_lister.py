from __future__ import annotations

import asyncio
import json
import time
from urllib.parse import parse_qs

import pyarrow as pa
import pytest

from homeperf_ray.kube.columns import Page
from homeperf_ray.kube.errors import BadAnswer, Expired, Forbidden, ServerError, Unreachable
from homeperf_ray.kube.lister import read_list
from homeperf_ray.kube.pages import continue_token
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import CEPH_CLUSTERS, NODES, PODS, ServedResource
from tests.kube.conftest import ONCE
from tests.kube.server import hang, ok, reply, serving, status, truncated

SCHEMA = pa.schema([("name", pa.string())])
REQUEST = Request(ServedResource(PODS, "v1", "Pod", True), namespace="web", page_size=2)


def decode(resource, body: bytes) -> Page:
    try:
        document = json.loads(body)
        names = [item["metadata"]["name"] for item in document["items"]]
    except (ValueError, KeyError, TypeError):
        raise BadAnswer("garbage", "hint") from None
    metadata = document["metadata"]
    batch = pa.RecordBatch.from_pylist([{"name": name} for name in names], SCHEMA)
    return Page(batch, len(names), metadata.get("continue", ""), metadata["resourceVersion"])


async def read(connection, request=REQUEST, **options):
    return await read_list(
        connection, request, **{"decode": decode, "schema": lambda _: SCHEMA, "context": "home", **options}
    )


def page(names: list[str], token: str = "", *, custom: bool = False, spaced: bool = False) -> bytes:
    metadata = {"resourceVersion": "7"} | ({"continue": token, "remainingItemCount": 3} if token else {})
    items = [{"metadata": {"name": name}, "spec": {"continue": "not this"}} for name in names]
    if custom:
        document = {"apiVersion": "x/v1", "items": items, "kind": "PodList", "metadata": dict(sorted(metadata.items()))}
    else:
        document = {"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": items}
    return json.dumps(document, separators=None if spaced else (",", ":")).encode()


def paged(names: list[str], size: int = 2, **form):
    """A server that pages as asked."""

    def answer(seen):
        query = parse_qs(seen.query)
        start = int(query.get("continue", ["0"])[0])
        end = start + size
        return reply(200, page(names[start:end], str(end) if end < len(names) else "", **form))

    return answer


@pytest.fixture
def open_(server, target_of, connect):
    return lambda **options: connect(target_of(server.url), **options)


@pytest.mark.parametrize("form", [{}, {"custom": True}, {"spaced": True}])
async def test_all_pages_become_one_table_and_one_operation_each(server, open_, form):
    names = [f"pod-{number}" for number in range(5)]
    server.answer = paged(names, **form)
    listed = await read(open_())
    assert listed.error is None
    assert listed.table.column("name").to_pylist() == names
    assert [seen.path for seen in server.seen] == ["/api/v1/namespaces/web/pods"] * 3
    assert [parse_qs(seen.query).get("limit") for seen in server.seen] == [["2"]] * 3
    assert [op.page for op in listed.operations] == [0, 1, 2]
    assert [op.items for op in listed.operations] == [2, 2, 1]
    for operation in listed.operations:
        assert (operation.kind, operation.resource, operation.namespace) == ("list", "pods", "web")
        assert operation.context == "home"
        assert operation.decode > 0
        assert operation.total > operation.decode
        assert abs(operation.started - time.time()) < 60


async def test_an_empty_list_is_an_empty_table(server, open_):
    server.answer = paged([])
    listed = await read(open_())
    assert listed.table.num_rows == 0
    assert listed.table.schema == SCHEMA
    assert len(listed.operations) == 1


async def test_selectors_travel_with_every_page(server, open_):
    server.answer = paged(list("abc"))
    request = Request(REQUEST.served, label_selector="app in (x,y)", field_selector="a!=b", page_size=2)
    await read(open_(), request)
    for seen in server.seen:
        assert seen.path == "/api/v1/pods"
        assert parse_qs(seen.query)["labelSelector"] == ["app in (x,y)"]
        assert parse_qs(seen.query)["fieldSelector"] == ["a!=b"]


@pytest.mark.parametrize("form", [{}, {"custom": True}])
async def test_the_next_page_arrives_at_the_server_while_this_one_is_decoded(target_of, connect, form):
    """The server lives in another thread, since decoding holds this one's loop."""
    import threading

    arrived: list[float] = []
    names = [f"pod-{number}" for number in range(6)]
    pages = paged(names, **form)

    def answer(seen):
        arrived.append(time.monotonic())
        return pages(seen)

    started, stop, box = threading.Event(), asyncio.Event(), {}

    async def serve() -> None:
        async with serving() as server:
            server.answer = answer
            box.update(url=server.url, loop=asyncio.get_running_loop())
            started.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert started.wait(10)
    ended: list[float] = []

    def slow(resource, body):
        time.sleep(0.2)
        ended.append(time.monotonic())
        return decode(resource, body)

    try:
        listed = await read(connect(target_of(box["url"])), decode=slow)
    finally:
        box["loop"].call_soon_threadsafe(stop.set)
        thread.join(10)
    assert listed.table.num_rows == 6
    assert arrived[1] < ended[0] - 0.1
    assert arrived[2] < ended[1] - 0.1


class TestExpired:
    def expiring(self, names: list[str], times: int):
        """A server that forgets the first ``times`` continue tokens."""
        left = [times]
        pages = paged(names)

        def answer(seen):
            if "continue" in seen.query and left[0]:
                left[0] -= 1
                return status(410, "The provided continue parameter is too old", "Expired")
            return pages(seen)

        return answer

    async def test_a_list_whose_token_expires_is_begun_anew(self, server, open_):
        server.answer = self.expiring(list("abcde"), times=2)
        listed = await read(open_())
        assert listed.error is None
        assert listed.table.column("name").to_pylist() == list("abcde")
        assert [op.error for op in listed.operations] == ["", "expired", "", "expired", "", "", ""]
        assert sum(op.sent for op in listed.operations) == len(server.seen)

    async def test_but_not_for_ever(self, server, open_):
        server.answer = self.expiring(list("abcde"), times=99)
        listed = await read(open_())
        assert type(listed.error) is Expired
        assert listed.table is None
        assert len(server.seen) == 6

    async def test_a_410_on_the_first_page_is_final(self, server, open_):
        server.answer = lambda _: status(410, "gone")
        assert type((await read(open_())).error) is Expired
        assert len(server.seen) == 1


class TestFailures:
    async def test_a_forbidden_list(self, server, open_):
        server.answer = lambda _: status(403, 'User "ann" cannot list')
        listed = await read(open_())
        assert type(listed.error) is Forbidden
        assert listed.table is None
        assert [op.error for op in listed.operations] == ["forbidden"]

    async def test_a_later_page_that_fails_fails_the_list(self, server, open_):
        pages = paged(list("abcde"))
        server.answer = lambda seen: status(500, "etcd") if "continue=4" in seen.query else pages(seen)
        listed = await read(open_(retry=ONCE))
        assert type(listed.error) is ServerError
        assert [op.error for op in listed.operations] == ["", "", "server_error"]

    async def test_garbage_in_the_items(self, server, open_):
        server.answer = lambda _: ok({"kind": "PodList", "metadata": {"resourceVersion": "1"}, "items": [3]})
        listed = await read(open_())
        assert type(listed.error) is BadAnswer
        assert server.url in str(listed.error)
        assert [op.error for op in listed.operations] == ["bad_answer"]

    async def test_a_value_that_no_column_can_hold(self, server, open_):
        server.answer = paged(["a"])

        def overflow(resource, body):
            raise OverflowError

        listed = await read(open_(), decode=overflow)
        assert type(listed.error) is BadAnswer
        assert "the list of pods could not be understood (OverflowError)" in str(listed.error)
        assert [op.error for op in listed.operations] == ["bad_answer"]

    async def test_garbage_counts_the_page_that_was_already_asked_for(self, server, open_):
        broken = page(["a"], "9").replace(b'"items":[', b'"items":[3,')
        server.answer = lambda seen: hang if "continue" in seen.query else reply(200, broken)
        began = time.monotonic()
        listed = await read(open_())
        assert type(listed.error) is BadAnswer
        assert time.monotonic() - began < 3
        assert sum(op.sent for op in listed.operations) == len(server.seen) == 2
        assert sorted(op.error for op in listed.operations) == ["bad_answer", "cancelled"]

    async def test_a_truncated_page(self, server, open_):
        server.answer = lambda _: truncated(page(list("abc")))
        assert type((await read(open_())).error) is BadAnswer

    async def test_a_deadline_in_the_middle(self, server, open_):
        pages = paged(list("abcde"))
        server.answer = lambda seen: hang if "continue" in seen.query else pages(seen)
        listed = await read(open_(), deadline=time.monotonic() + 0.4)
        assert type(listed.error) is Unreachable
        assert [op.error for op in listed.operations] == ["", "unreachable"]

    async def test_a_cancelled_list_leaves_nothing_running(self, server, open_):
        pages = paged(list("abcde"))
        server.answer = lambda seen: hang if "continue" in seen.query else pages(seen)
        before = asyncio.all_tasks()
        task = asyncio.create_task(read(open_()))
        await server.arrived(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert {t for t in asyncio.all_tasks() - before if "get" in repr(t.get_coro())} == set()


class TestContinueToken:
    def test_is_found_before_and_after_the_items(self):
        assert continue_token(page(["a"], "t0k=")) == "t0k="
        assert continue_token(page(["a"], "t0k=", custom=True)) == "t0k="
        assert continue_token(page(["a"], "t0k=", custom=True) + b"\n") == "t0k="

    def test_is_empty_on_the_last_page(self):
        assert continue_token(page(["a"])) == ""
        assert continue_token(page(["a"], custom=True)) == ""

    def test_of_an_item_is_never_taken_for_the_lists(self):
        fake = b'{"apiVersion":"v1","items":[{"metadata":{"continue":"evil"}}]}'
        assert continue_token(fake) is None
        nested = b'{"items":[{"a":[],"kind":"X","metadata":{"continue":"evil"}}]}'
        assert continue_token(nested) is None

    def test_cannot_be_told_in_an_unusual_form(self):
        for body in (b"", b"{}", b"[]", page(["a"], "t", spaced=True), page(["a"], 't"q')):
            assert continue_token(body) is None

    def test_is_searched_only_at_the_ends(self):
        huge = page(["x" * 40_000_000], "t0k=", custom=True)
        began = time.perf_counter()
        assert continue_token(huge) == "t0k="
        assert time.perf_counter() - began < 0.5


async def test_real_columns_of_every_kind_of_list(server, open_):
    for served in (
        ServedResource(NODES, "v1", "Node", False),
        ServedResource(CEPH_CLUSTERS, "v1", "CephCluster", True),
    ):
        server.answer = lambda _, kind=served.kind: ok({"kind": f"{kind}List", "metadata": {}, "items": []})
        listed = await read_list(open_(), Request(served))
        assert listed.error is None
        assert listed.table.num_rows == 0
