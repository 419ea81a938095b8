from __future__ import annotations

import asyncio
import base64
import time

import pytest

from homeperf_ray import __version__
from homeperf_ray.kube.errors import ServerError, Throttled, Unreachable
from homeperf_ray.kube.gate import Answered, Permit
from homeperf_ray.kube.nearness import is_near
from homeperf_ray.kube.retry import RetryPolicy
from homeperf_ray.timings.operation import Operation
from tests.kube.authority import client_pair, server_pair
from tests.kube.server import hang, ok, reply, serving, slam, status, truncated

OPERATION = Operation(kind="list", started=1.0, resource="pods", run="r", worker="w", page=3)
WATCH = Operation(kind="watch", started=1.0, resource="pods")


class CountingGate:
    def __init__(self, wait: float = 0.0, good_for: float = 60.0, kind: str = "list pods") -> None:
        self.wait = wait
        self.good_for = good_for
        self.kind = kind
        self.acquired = 0
        self.reports: list[tuple[int, float | None]] = []

    async def acquire(self, kind: str = "") -> Permit:
        assert kind == self.kind
        self.acquired += 1
        await asyncio.sleep(self.wait)
        return Permit(self.acquired, "429", self.good_for)

    def report(self, answered: Answered) -> None:
        assert answered.seconds >= 0
        assert answered.kind == self.kind
        self.reports.append((answered.status, answered.retry_after))


async def get(connection, path="/api/v1/pods", query=None, **options):
    return await connection.get(path, query, operation=OPERATION, **options)


async def test_a_request_is_sent_as_asked_and_timed_by_phase(server, target_of, connect):
    server.answer = lambda _: ok({"items": []})
    answer = await get(connect(target_of(server.url)), query={"limit": "500", "continue": "a+b/c="})
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.query) == ("GET", "/api/v1/pods", "limit=500&continue=a%2Bb%2Fc%3D")
    assert seen.header("Authorization") == "Bearer s3cr3t-token"
    assert seen.header("User-Agent") == f"homeperf/{__version__}"
    assert seen.header("Accept") == "application/json"
    assert seen.header("Accept-Encoding") == "identity"
    assert answer.body == b'{"items": []}'
    assert answer.error is None
    operation = answer.operation
    assert (operation.run, operation.worker, operation.page, operation.started) == ("r", "w", 3, 1.0)
    assert (operation.bytes, operation.sent, operation.retries, operation.status) == (13, 1, 0, 200)
    assert operation.connect > 0
    assert operation.first_byte > 0
    assert operation.total >= operation.connect + operation.first_byte + operation.transfer


async def test_a_kept_connection_is_used_again(server, target_of, connect):
    connection = connect(target_of(server.url))
    first, second = await get(connection), await get(connection)
    assert first.operation.connect > 0
    assert second.operation.connect == 0.0
    assert server.seen[0].port == server.seen[1].port


async def test_a_failed_request_keeps_its_connection_too(server, target_of, connect):
    server.replies = [status(403, "no"), status(404, "no")]
    connection = connect(target_of(server.url))
    for _ in range(3):
        await get(connection)
    assert len({seen.port for seen in server.seen}) == 1


async def test_no_more_connections_than_the_concurrency(server, target_of, connect):
    connection = connect(target_of(server.url), concurrency=3)
    answers = await asyncio.gather(*(get(connection) for _ in range(20)))
    assert all(answer.error is None for answer in answers)
    assert len({seen.port for seen in server.seen}) <= 3


async def test_a_path_cannot_break_out_of_the_request_line(server, target_of, connect):
    await get(connect(target_of(server.url)), path="/api/v1/x y\r\nHost: evil")
    assert server.seen[0].path == "/api/v1/x%20y%0D%0AHost%3A%20evil"


async def test_a_server_behind_a_path(server, target_of, connect):
    await get(connect(target_of(f"{server.url}/k8s/clusters/c-1")))
    assert server.paths == ["/k8s/clusters/c-1/api/v1/pods"]


@pytest.mark.parametrize(
    ("host", "near"),
    [("127.0.0.1", True), ("192.168.1.2", True), ("[fd00::1]", True), ("localhost", True), ("93.184.216.34", False)],
)
async def test_nearness_is_told_by_address(host, near):
    assert await is_near(f"https://{host}:6443") is near


async def test_compression_is_asked_for_only_from_afar(server, target_of, connect, monkeypatch):
    async def far(_server):
        return False

    monkeypatch.setattr("homeperf_ray.kube.pool.is_near", far)
    await get(connect(target_of(server.url)))
    assert server.seen[0].header("Accept-Encoding") == "gzip"


async def test_a_compressed_answer_is_unpacked(server, target_of, connect):
    import gzip

    server.answer = lambda _: reply(200, gzip.compress(b'{"a":1}'), Content_Encoding="gzip")
    assert (await get(connect(target_of(server.url)))).body == b'{"a":1}'


class TestRetries:
    async def test_every_attempt_is_counted_as_the_server_counts(self, server, target_of, connect):
        server.replies = [status(500, "a"), status(503, "b"), ok({"x": 1})]
        gate = CountingGate()
        answer = await get(connect(target_of(server.url), gate=gate))
        assert answer.error is None
        assert (answer.operation.sent, answer.operation.retries) == (3, 2)
        assert len(server.seen) == gate.acquired == 3
        assert gate.reports == [(500, None), (503, None), (200, None)]

    async def test_attempts_are_bounded(self, server, target_of, connect):
        server.answer = lambda _: status(500, "a")
        answer = await get(connect(target_of(server.url)))
        assert type(answer.error) is ServerError
        assert answer.operation.sent == len(server.seen) == 3

    @pytest.mark.parametrize("code", [400, 403, 404, 410])
    async def test_what_will_not_change_is_not_asked_again(self, server, target_of, connect, code):
        server.answer = lambda _: status(code, "no")
        await get(connect(target_of(server.url)))
        assert len(server.seen) == 1

    async def test_a_429_is_counted_and_its_retry_after_obeyed(self, server, target_of, connect):
        server.replies = [status(429, "slow down", Retry_After="0.3")]
        gate = CountingGate()
        began = time.monotonic()
        answer = await get(connect(target_of(server.url), gate=gate))
        assert answer.error is None
        assert time.monotonic() - began > 0.25
        assert (answer.operation.throttled, answer.operation.retries) == (1, 1)
        assert gate.reports[0] == (429, 0.3)

    async def test_a_retry_after_beyond_the_deadline_ends_at_once(self, server, target_of, connect):
        server.answer = lambda _: status(429, "slow down", Retry_After="20")
        began = time.monotonic()
        answer = await get(connect(target_of(server.url)), deadline=began + 5)
        assert type(answer.error) is Throttled
        assert time.monotonic() - began < 4
        assert len(server.seen) == 1

    async def test_a_lost_connection(self, server, target_of, connect):
        server.replies = [slam, truncated(b'{"a":' + b" " * 100 + b"1}")]
        answer = await get(connect(target_of(server.url)))
        assert answer.error is None
        assert answer.operation.sent == len(server.seen) == 3

    async def test_a_kept_connection_that_the_server_has_closed_counts_once_more(self, server, target_of, connect):
        connection = connect(target_of(server.url))
        await get(connection)
        server.replies = [slam]
        answer = await get(connection)
        assert answer.error is None
        assert answer.operation.sent == 2
        assert len(server.seen) == 3

    async def test_a_refused_connection_counts_nothing_as_sent(self, target_of, connect):
        async with serving() as server:
            url = server.url
        gate = CountingGate()
        answer = await get(connect(target_of(url), gate=gate))
        assert type(answer.error) is Unreachable
        assert answer.operation.sent == 0
        assert gate.reports == [(0, None)]

    async def test_a_server_that_does_not_take_the_connection_is_not_asked_again(self, target_of, connect):
        knocked = []

        async def mute(reader, writer):
            knocked.append(1)
            await reader.read()

        listener = await asyncio.start_server(mute, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        answer = await get(connect(target_of(f"https://127.0.0.1:{port}"), request_timeout=0.3))
        listener.close()
        assert type(answer.error) is Unreachable
        assert len(knocked) == 1

    async def test_the_deadline_holds_over_all_attempts(self, server, target_of, connect):
        server.answer = lambda _: hang
        began = time.monotonic()
        answer = await get(connect(target_of(server.url), request_timeout=0.2), deadline=began + 0.5)
        assert type(answer.error) is Unreachable
        assert time.monotonic() - began < 3

    def test_pauses_grow_with_full_jitter_up_to_a_bound(self):
        policy = RetryPolicy(base=1.0, longest=4.0)
        for attempt, most in ((1, 1.0), (2, 2.0), (3, 4.0), (9, 4.0)):
            pauses = [policy.delay(attempt, None) for _ in range(200)]
            assert 0 <= min(pauses) < most * 0.25
            assert most * 0.75 < max(pauses) <= most
        assert 7.0 <= policy.delay(1, 7.0) <= 8.0
        assert policy.delay(1, 1e9) <= policy.longest_asked + 1.0


class TestGate:
    async def test_the_wait_for_a_permit_is_its_own_phase(self, server, target_of, connect):
        answer = await get(connect(target_of(server.url), gate=CountingGate(0.2)))
        assert 0.15 < answer.operation.permit < answer.operation.total

    async def test_the_operation_says_at_what_rate_it_was_sent(self, server, target_of, connect):
        answer = await get(connect(target_of(server.url), gate=CountingGate()))
        assert (answer.operation.rate, answer.operation.slowed) == (1.0, "429")

    async def test_a_permit_that_grew_stale_while_the_connection_was_made_is_renewed(self, server, target_of, connect):
        gate = CountingGate(0.1, good_for=0.0)
        connection = connect(target_of(server.url), gate=gate)
        first, second = await get(connection), await get(connection)
        assert gate.acquired == 3
        assert len(server.seen) == 2
        assert first.operation.permit > 0.15
        assert second.operation.permit > 0.05
        assert first.operation.first_byte < first.operation.permit

    async def test_one_that_is_still_good_when_the_connection_is_made_is_used(self, server, target_of, connect):
        gate = CountingGate()
        await get(connect(target_of(server.url), gate=gate))
        assert gate.acquired == 1

    @pytest.mark.parametrize(("good_for", "permits"), [(60.0, 1), (0.0, 2)])
    async def test_so_it_is_for_the_start_of_a_watch(self, server, target_of, connect, good_for: float, permits: int):
        gate = CountingGate(good_for=good_for, kind="watch pods")
        stream = await connect(target_of(server.url), gate=gate).watch("/api/v1/pods", {}, operation=WATCH)
        stream.close()
        assert gate.acquired == permits
        assert len(server.seen) == 1

    async def test_a_budget_without_room_ends_at_the_deadline(self, server, target_of, connect):
        answer = await get(connect(target_of(server.url), gate=CountingGate(30)), deadline=time.monotonic() + 0.2)
        assert type(answer.error) is Unreachable
        assert "request budget" in str(answer.error)
        assert not server.seen

    async def test_a_cancelled_request_is_reported_and_frees_its_slot(self, server, target_of, connect):
        server.replies = [hang]
        gate = CountingGate()
        connection = connect(target_of(server.url), gate=gate, concurrency=1)
        task = asyncio.create_task(get(connection))
        await server.arrived(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert gate.reports == [(0, None)]
        assert (await get(connection)).error is None


class TestTls:
    async def test_a_client_certificate_is_shown(self, target_of, connect):
        pair = client_pair("ann")
        user = {
            "client-certificate-data": base64.b64encode(pair.chain).decode(),
            "client-key-data": base64.b64encode(pair.key).decode(),
        }
        async with serving(ask_client="kubernetes") as server:
            answer = await get(connect(target_of(server.url, user=user)))
        assert answer.error is None
        assert server.seen[0].peer["subject"] == ((("commonName", "ann"),),)

    async def test_a_client_certificate_from_files(self, target_of, connect, tmp_path):
        chain, key = client_pair("bob").files(tmp_path, "bob")
        user = {"client-certificate": chain.name, "client-key": key.name}
        async with serving(ask_client="kubernetes") as server:
            assert (await get(connect(target_of(server.url, user=user)))).error is None
        assert server.seen[0].peer["subject"] == ((("commonName", "bob"),),)

    async def test_an_encrypted_key_is_a_config_error_and_asks_nobody_for_a_password(self, server, target_of, connect):
        from tests.kube.authority import encrypted_key

        pair = client_pair()
        user = {
            "client-certificate-data": base64.b64encode(pair.chain).decode(),
            "client-key-data": base64.b64encode(encrypted_key(pair)).decode(),
        }
        answer = await get(connect(target_of(server.url, user=user)))
        assert answer.error.kind == "config"
        assert "encrypted" in str(answer.error)

    async def test_tls_server_name_replaces_the_host(self, target_of, connect):
        async with serving(server_pair("kubernetes.default")) as server:
            assert (await get(connect(target_of(server.url)))).error is not None
            target = target_of(server.url, **{"tls-server-name": "kubernetes.default"})
            assert (await get(connect(target))).error is None

    async def test_insecure_checks_nothing(self, target_of, connect):
        async with serving(server_pair("elsewhere", days=-3, by="someone-else")) as server:
            target = target_of(server.url, **{"insecure-skip-tls-verify": True})
            assert (await get(connect(target))).error is None

    async def test_http_without_tls(self, target_of, connect):
        async with serving(tls=False) as server:
            assert (await get(connect(target_of(server.url)))).error is None


class TestHeaders:
    async def test_a_password(self, server, target_of, connect):
        await get(connect(target_of(server.url, user={"username": "ann", "password": "pä:ss"})))
        kind, _, value = server.seen[0].header("Authorization").partition(" ")
        assert (kind, base64.b64decode(value).decode()) == ("Basic", "ann:pä:ss")

    async def test_impersonation(self, server, target_of, connect):
        user = {"token": "t", "as": "bob", "as-groups": ["dev", "ops"], "as-uid": "7", "as-user-extra": {"why": ["x"]}}
        await get(connect(target_of(server.url, user=user)))
        seen = server.seen[0]
        assert seen.headers["impersonate-user"] == ["bob"]
        assert seen.headers["impersonate-group"] == ["dev", "ops"]
        assert seen.headers["impersonate-uid"] == ["7"]
        assert seen.headers["impersonate-extra-why"] == ["x"]

    async def test_nobody(self, server, target_of, connect):
        await get(connect(target_of(server.url, user={})))
        assert server.seen[0].header("Authorization") == ""
