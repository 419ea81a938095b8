"""The reflector against a server that says exactly what it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from urllib.parse import parse_qs

import pyarrow as pa
import pytest

from homeperf_ray.kube.changes import Bookmark, Changed, Connected, Down, Replaced
from homeperf_ray.kube.columns.events import keys
from homeperf_ray.kube.gate import Permit
from homeperf_ray.kube.list_watch import ListWatch
from homeperf_ray.kube.reflector import Backoff, Reflector
from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import NODE_METRICS, PODS, ServedResource
from homeperf_ray.timings.operation import Operation
from tests.kube.conftest import ONCE
from tests.kube.server import Writer, hang, ok, slam, status

REQUEST = Request(ServedResource(PODS, "v1", "Pod", True), page_size=2)


def pod(name: str, version: int, phase: str = "Running") -> dict:
    metadata = {"name": name, "namespace": "web", "resourceVersion": str(version)}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "status": {"phase": phase}}


def listed(*names: str, version: int = 7, token: str = "") -> bytes:
    metadata = {"resourceVersion": str(version)} | ({"continue": token} if token else {})
    return ok({"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": [pod(name, 1) for name in names]})


def event(kind: str, name: str, version: int, phase: str = "Running") -> dict:
    return {"type": kind, "object": pod(name, version, phase)}


def bookmark(version: int, *, end: bool = False) -> dict:
    annotations = {"annotations": {"k8s.io/initial-events-end": "true"}} if end else {}
    return {"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {"resourceVersion": str(version), **annotations}}}


GONE = {"type": "ERROR", "object": {"kind": "Status", "status": "Failure", "message": "too old", "code": 410}}


def watched(*events: dict, end: str = "open", apart: float = 0.0):
    """A watch that tells some events; then it stays open, ends in good order, or is cut off within a line."""

    async def send(writer: Writer, _seen) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        await writer.drain()
        for one in events:
            line = json.dumps(one).encode() + b"\n"
            writer.write(b"%x\r\n%s\r\n" % (len(line), line))
            await writer.drain()
            await asyncio.sleep(apart)
        if end == "open":
            await asyncio.sleep(30)
        elif end == "clean":
            writer.write(b"0\r\n\r\n")
        else:
            writer.write(b'30\r\n{"type":"ADDED","obj')
            await writer.drain()
            writer.close()

    return send


class Following:
    """Runs a reflector; ``told`` is what it told, ``slept`` its pauses, which take no time, ``rows`` what it sent."""

    def __init__(self, connection, request=REQUEST, **options) -> None:
        self.told: list = []
        self.slept: list[float] = []
        self.rows: list[Operation] = []
        self._news = asyncio.Event()
        options = {"backoff": Backoff(chance=lambda: 1.0), "pause": 0.02, "sleep": self._sleep, **options}
        self._reflector = Reflector(ListWatch(connection, request, self.rows.append), request, self._sink, **options)

    async def _sink(self, change) -> None:
        self.told.append(change)
        self._news.set()

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    async def __aenter__(self):
        self._task = asyncio.create_task(self._reflector.run())
        return self

    async def __aexit__(self, *_):
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def until(self, count: int):
        async with asyncio.timeout(5):
            while len(self.told) < count:
                self._news.clear()
                await self._news.wait()
        return self.told

    @property
    def kinds(self) -> list[type]:
        return [type(change) for change in self.told]


@pytest.fixture
def open_(server, target_of, connect):
    return lambda **options: connect(target_of(server.url), retry=ONCE, **options)


def queries(server) -> list[dict[str, str]]:
    return [{name: values[0] for name, values in parse_qs(seen.query).items()} for seen in server.seen]


async def test_it_lists_page_by_page_and_then_watches_from_the_version_of_the_list(server, open_):
    server.replies = [listed("a", "b", token="next"), listed("c"), watched(event("ADDED", "d", 9))]
    async with Following(open_()) as following:
        replaced, connected, changed = await following.until(3)
    assert isinstance(replaced, Replaced)
    assert list(keys(replaced.table)) == [("web", "a"), ("web", "b"), ("web", "c")]
    assert (replaced.version, connected) == ("7", Connected("7"))
    assert (list(keys(changed.rows)), changed.deleted, changed.version) == ([("web", "d")], (), "9")
    watch = queries(server)[2]
    assert watch["watch"] == watch["allowWatchBookmarks"] == "true"
    assert watch["resourceVersion"] == "7"
    assert 300 <= int(watch["timeoutSeconds"]) <= 600
    assert "limit" not in watch


async def test_with_a_known_version_it_begins_with_the_watch(server, open_):
    server.replies = [watched(bookmark(8))]
    async with Following(open_(), version="5") as following:
        assert await following.until(2) == [Connected("5"), Bookmark("8")]
    assert queries(server)[0]["resourceVersion"] == "5"


async def test_events_that_come_together_are_told_together_and_the_last_of_an_object_counts(server, open_):
    events = [
        event("ADDED", "a", 8, "Pending"),
        event("MODIFIED", "a", 9),
        event("ADDED", "b", 10),
        event("DELETED", "b", 11),
        event("DELETED", "c", 12),
        event("ADDED", "c", 13),
    ]
    server.replies = [watched(*events, bookmark(14))]
    async with Following(open_(), version="7") as following:
        _, changed = await following.until(2)
    assert dict(zip(keys(changed.rows), changed.rows.column("phase").to_pylist(), strict=True)) == {
        ("web", "a"): "Running",
        ("web", "c"): "Running",
    }
    assert (changed.deleted, changed.version) == ((("web", "b"),), "14")


async def test_rows_are_those_that_a_list_would_give(server, open_):
    server.replies = [listed("a"), watched(event("MODIFIED", "a", 8))]
    async with Following(open_()) as following:
        replaced, _, changed = await following.until(3)
    assert pa.Table.from_batches([changed.rows]).equals(replaced.table)


async def test_after_a_clean_end_it_goes_on_at_once_from_the_last_version(server, open_):
    server.replies = [watched(event("ADDED", "a", 8), end="clean"), watched()]
    async with Following(open_(), version="7") as following:
        told = await following.until(4)
        assert following.slept == []
    assert [type(one) for one in told] == [Connected, Changed, Down, Connected]
    assert (told[2].kind, told[3].version) == ("resuming", "8")
    assert [query["resourceVersion"] for query in queries(server)] == ["7", "8"]


async def test_a_bookmark_moves_the_version_on(server, open_):
    server.replies = [watched(bookmark(99), end="clean"), watched()]
    async with Following(open_(), version="7") as following:
        await following.until(4)
    assert [query["resourceVersion"] for query in queries(server)] == ["7", "99"]


async def test_what_ends_at_once_without_a_word_is_a_failure(server, open_):
    server.replies = [watched(end="clean"), watched()]
    async with Following(open_(), version="7") as following:
        await following.until(3)
        assert following.slept == pytest.approx([1.2])
    assert following.told[1].kind == "unreachable"


async def test_a_truncated_stream_is_a_failure_and_what_came_before_it_counts(server, open_):
    server.replies = [watched(event("ADDED", "a", 8), end="cut"), watched()]
    async with Following(open_(), version="7") as following:
        told = await following.until(4)
        assert following.slept == pytest.approx([1.2])
    assert [type(one) for one in told] == [Connected, Changed, Down, Connected]
    assert (told[2].kind, told[3].version) == ("bad_answer", "8")


@pytest.mark.parametrize("way", ["status", "event"])
async def test_a_version_that_is_gone_has_everything_listed_anew_at_once(server, open_, way):
    gone = status(410, "too old") if way == "status" else watched(GONE)
    server.replies = [gone, listed("a", version=50), watched()]
    async with Following(open_(), version="7") as following:
        await following.until(3 if way == "status" else 4)
        told = [one for one in following.told if not isinstance(one, Connected)]
        assert following.slept == []
    assert [type(one) for one in told][:2] == [Down, Replaced]
    assert (told[0].kind, told[1].version) == ("expired", "50")
    assert "resourceVersion" not in queries(server)[1]


async def test_versions_that_are_gone_again_and_again_are_not_asked_for_in_a_rush(server, open_):
    server.answer = lambda seen: status(410, "too old") if "watch" in seen.query else listed("a")
    async with Following(open_()) as following:
        await following.until(12)
    assert following.slept[:3] == pytest.approx([2.4, 4.8, 9.6])


async def test_pauses_grow_to_half_a_minute_and_begin_anew_after_a_success(server, open_):
    server.replies = [slam] * 7 + [watched(bookmark(9), end="cut"), watched()]
    async with Following(open_(), version="7") as following:
        await following.until(11)
    assert following.slept == pytest.approx([1.2, 2.4, 4.8, 9.6, 19.2, 30, 30, 1.2])


def test_a_pause_is_partly_chance_and_never_shorter_than_asked():
    assert Backoff(chance=lambda: 0.0).pause(1, None) == 0.8
    assert Backoff(chance=lambda: 0.5).pause(3, None) == pytest.approx(4.0)
    assert Backoff(chance=lambda: 0.0).pause(1, 5.0) == 5.0
    assert Backoff(chance=lambda: 1.0).pause(50, 3600.0) == 30.0


@pytest.mark.parametrize("error", [status(500), status(503), status(429, Retry_After="4"), status(401), ok({})])
async def test_a_list_that_fails_is_told_and_tried_again(server, open_, error):
    server.replies = [error, listed("a"), watched()]
    async with Following(open_()) as following:
        told = await following.until(3)
    assert [type(one) for one in told] == [Down, Replaced, Connected]
    assert len(following.slept) == 1


async def test_a_watch_that_has_lasted_makes_earlier_failures_forgotten(server, open_):
    now = iter(range(0, 1_000, 2))
    server.replies = [slam, slam, watched(end="cut"), watched()]
    async with Following(open_(), version="7", clock=lambda: next(now)) as following:
        await following.until(5)
    assert following.slept == pytest.approx([1.2, 2.4, 1.2])


async def test_a_watch_that_gets_no_answer_is_given_up(server, open_):
    server.replies = [hang, watched()]
    async with Following(open_(request_timeout=0.2), version="7") as following:
        assert [type(one) for one in await following.until(2)] == [Down, Connected]


async def test_garbage_in_a_watch_is_a_failure_that_quotes_nothing(server, open_):
    server.replies = [watched({"type": "ADDED", "object": {"kind": "Pod", "metadata": "s3cr3t"}}), watched()]
    async with Following(open_(), version="7") as following:
        told = await following.until(3)
    assert told[1].kind == "bad_answer"
    assert "s3cr3t" not in told[1].reason


async def test_what_cannot_be_watched_is_listed_every_so_often(server, open_):
    server.answer = lambda seen: status(405, "no") if "watch" in seen.query else listed("a")
    async with Following(open_(), version="7", refresh=12.0) as following:
        told = list(await following.until(9))
        assert set(following.slept) == {12.0}
    assert [type(one) for one in told] == [Replaced, Down, *[Replaced] * 7]
    assert told[1].kind == "unwatchable"
    assert sum("watch" in query for query in queries(server)) == 1


async def test_what_this_user_may_not_watch_is_tried_again_ever_more_rarely(server, open_):
    server.answer = lambda seen: status(403, "no") if "watch" in seen.query else listed("a")
    async with Following(open_(), version="7") as following:
        await following.until(14)
    kinds = ["watch" if "watch" in query else "list" for query in queries(server)][:13]
    assert kinds == ["watch", *["list"] * 2, "watch", *["list"] * 3, "watch", *["list"] * 5]


async def test_a_refusal_that_is_taken_back_is_forgotten(server, open_):
    server.replies = [status(403, "not yet"), listed("a"), listed("a", version=9), watched()]
    async with Following(open_(), version="7") as following:
        told = await following.until(4)
    assert [type(one) for one in told] == [Replaced, Down, Replaced, Connected]
    assert told[3].version == "9"


async def test_a_list_without_a_version_is_not_watched(server, open_):
    metrics = ServedResource(NODE_METRICS, "v1beta1", "NodeMetrics", False)
    server.answer = lambda _seen: ok({"kind": "NodeMetricsList", "metadata": {}, "items": []})
    async with Following(open_(), Request(metrics)) as following:
        await following.until(3)
    assert not any("watch" in query for query in queries(server))


async def test_a_streaming_list_is_told_as_one_and_the_same_stream_goes_on(server, open_):
    events = [event("ADDED", name, number) for number, name in enumerate("abc", 1)]
    server.replies = [watched(*events, bookmark(7, end=True), event("DELETED", "b", 8))]
    async with Following(open_(), streaming=True) as following:
        replaced, connected, changed = await following.until(3)
    assert list(keys(replaced.table)) == [("web", "a"), ("web", "b"), ("web", "c")]
    assert (replaced.version, connected) == ("7", Connected("7"))
    assert (changed.rows, changed.deleted) == (None, (("web", "b"),))
    [query] = queries(server)
    assert (query["sendInitialEvents"], query["resourceVersionMatch"]) == ("true", "NotOlderThan")
    assert "resourceVersion" not in query


async def test_where_streaming_lists_are_refused_it_lists(server, open_):
    server.replies = [status(422, "sendInitialEvents is forbidden"), listed("a"), watched()]
    async with Following(open_(), streaming=True) as following:
        assert [type(one) for one in await following.until(2)] == [Replaced, Connected]
        assert following.slept == []


async def test_a_streaming_list_that_breaks_off_is_followed_by_a_list(server, open_):
    server.replies = [watched(event("ADDED", "a", 1), end="cut"), listed("a"), watched()]
    async with Following(open_(), streaming=True) as following:
        assert [type(one) for one in await following.until(3)] == [Down, Replaced, Connected]


async def test_every_request_and_every_start_of_a_watch_takes_a_permit(server, open_):
    class Gate:
        taken = 0

        async def acquire(self, kind: str = "") -> Permit:
            self.taken += 1
            return Permit()

        def report(self, answered) -> None:
            pass

    gate = Gate()
    server.replies = [listed("a", token="next"), listed("b"), watched(end="cut"), watched(bookmark(9), end="clean")]
    server.answer = lambda _seen: watched()
    async with Following(open_(gate=gate)) as following:
        await following.until(7)
    assert gate.taken == len(server.seen) == 5


async def test_every_page_and_every_watch_that_is_over_is_an_operation(server, open_):
    events = (event("ADDED", "d", 9), bookmark(10))
    server.replies = [
        *(listed("a", "b", token="next"), listed("c"), watched(*events, end="clean")),
        *(watched(GONE), listed("a"), status(403, "no"), listed("a")),
    ]
    async with Following(open_()) as following:
        await following.until(9)
    rows = [(row.kind, row.resource, row.items, row.status, row.error, row.sent) for row in following.rows]
    assert rows[:6] == [
        ("follow", "pods", 2, 200, "", 1),
        ("follow", "pods", 1, 200, "", 1),
        ("watch", "pods", 2, 200, "", 1),
        ("watch", "pods", 1, 200, "expired", 1),
        ("follow", "pods", 1, 200, "", 1),
        ("watch", "pods", 0, 403, "forbidden", 1),
    ]
    open_for = following.rows[2]
    assert 0 < open_for.transfer <= open_for.total
    assert open_for.bytes == sum(len(json.dumps(one)) + 1 for one in events)


async def test_a_watch_that_is_open_is_an_operation_when_it_is_given_up(server, open_):
    server.replies = [watched(bookmark(8))]
    async with Following(open_(), version="7") as following:
        await following.until(2)
        assert following.rows == []
    assert [(row.kind, row.items, row.sent) for row in following.rows] == [("watch", 1, 1)]


async def test_a_watch_takes_none_of_the_connections_of_lists(server, open_):
    server.answer = lambda seen: watched() if "watch" in seen.query else listed("a")
    connection = open_(concurrency=1)
    async with Following(connection) as first, Following(connection) as second:
        await first.until(2)
        await second.until(2)
    assert {Replaced, Connected} == set(first.kinds) == set(second.kinds)
