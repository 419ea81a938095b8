"""Every error of the tree, as a real server over real TLS brings it about."""

from __future__ import annotations

import asyncio
import base64
import pickle
import socket
import time

import pytest

from homeperf_ray.kube.errors import (
    BadAnswer,
    Expired,
    Forbidden,
    KubeError,
    NotFound,
    ServerError,
    Throttled,
    Unauthorized,
    Unreachable,
)
from homeperf_ray.timings.operation import Operation
from tests.kube.authority import Authority, authority, client_pair, server_pair
from tests.kube.conftest import ONCE
from tests.kube.server import demanding, hang, reply, serving, slam, status, truncated

LIST = Operation(kind="list", started=0.0, resource="pods", namespace="web")
TOKEN = "s3cr3t-token"


async def get(connection, **options):
    return await connection.get("/api/v1/namespaces/web/pods", operation=LIST, **options)


async def error_of(connection, kind: type[KubeError], **options) -> KubeError:
    answer = await get(connection, **options)
    assert type(answer.error) is kind, answer.error
    assert answer.operation.error == kind.kind
    assert answer.body == b""
    assert answer.error.hint
    assert "context 'home'" in str(answer.error)
    assert TOKEN not in repr(answer.error.args)
    assert type(pickle.loads(pickle.dumps(answer.error))) is kind
    return answer.error


def port_of(listener) -> int:
    return listener.sockets[0].getsockname()[1]


async def test_an_unauthorized_token(server, target_of, connect):
    server.replies = [status(401, "Unauthorized")]
    error = await error_of(connect(target_of(server.url)), Unauthorized)
    assert server.url in str(error)
    assert "token" in error.hint


async def test_forbidden_names_the_user_the_verb_the_resource_and_the_namespace(server, target_of, connect):
    said = 'pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "web"'
    server.replies = [status(403, said, "Forbidden")]
    error = await error_of(connect(target_of(server.url)), Forbidden)
    assert "user 'ann' may not list pods in namespace 'web'" in str(error)
    assert "--resource=pods" in error.hint
    assert "`homeperf doctor` prints every rule" in error.hint


async def test_forbidden_to_an_anonymous_user_says_that_credentials_are_missing(server, target_of, connect):
    server.replies = [status(403, 'forbidden: User "system:anonymous" cannot get path "/api"')]
    error = await error_of(connect(target_of(server.url, user={})), Forbidden)
    assert "no credentials" in error.hint


async def test_forbidden_by_something_that_is_no_api_server_shows_its_words(server, target_of, connect):
    server.replies = [reply(403, b"blocked by policy 17", "text/plain")]
    assert "blocked by policy 17" in str(await error_of(connect(target_of(server.url)), Forbidden))


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (404, NotFound, "404"),
        (410, Expired, "410"),
        (500, ServerError, "etcd is sad"),
        (503, ServerError, "etcd is sad"),
        (400, BadAnswer, "etcd is sad"),
        (418, BadAnswer, "418"),
    ],
)
async def test_statuses(server, target_of, connect, code, kind, words):
    server.answer = lambda _: status(code, "etcd is sad")
    error = await error_of(connect(target_of(server.url), retry=ONCE), kind)
    assert words in str(error)
    assert error.status == code


async def test_throttled_carries_retry_after(server, target_of, connect):
    server.answer = lambda _: status(429, "too many", Retry_After="7")
    error = await error_of(connect(target_of(server.url), retry=ONCE), Throttled)
    assert error.retry_after == 7.0


async def test_a_redirect_is_not_followed_and_its_query_is_not_shown(server, target_of, connect):
    server.replies = [reply(302, b"", Location="https://login.example/start?ticket=abc")]
    error = await error_of(connect(target_of(server.url)), BadAnswer)
    assert "https://login.example/start" in str(error)
    assert "ticket" not in str(error)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"<html>Sign in</html>", "text/html; charset=utf-8", "web page"),
        (b"<html>Sign in</html>", "application/json", "web page"),
        (b"\x00\x01garbage", "application/json", "not JSON"),
        (b"", "application/json", "empty"),
        (b"hello", "text/plain", "text/plain"),
        (b"{}", "application/" + "x" * 500, "application/xxx"),
    ],
)
async def test_garbage(server, target_of, connect, body, content_type, words):
    server.replies = [reply(200, body, content_type)]
    assert words in str(await error_of(connect(target_of(server.url)), BadAnswer))


async def test_a_truncated_body_is_tried_again_and_then_an_error(server, target_of, connect):
    server.answer = lambda _: truncated(b'{"items":[' + b" " * 5000 + b"]}")
    error = await error_of(connect(target_of(server.url)), BadAnswer)
    assert "cut its answer off" in str(error)
    assert len(server.seen) == 3


async def test_text_of_the_server_is_bounded_escaped_and_never_holds_the_token(server, target_of, connect):
    server.answer = lambda _: status(500, f"\x1b[2J {TOKEN} Bearer {TOKEN} " + "x" * 5000)
    error = await error_of(connect(target_of(server.url), retry=ONCE), ServerError)
    assert "\\x1b[2J *** ***" in str(error)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 500


async def test_a_huge_error_page_is_not_read_to_its_end(server, target_of, connect):
    server.answer = lambda _: reply(500, b"x" * 3_000_000, "text/plain")
    answer = await get(connect(target_of(server.url), retry=ONCE))
    assert type(answer.error) is ServerError
    assert answer.operation.bytes <= 64 * 1024


async def test_nobody_listens(target_of, connect):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        error = await error_of(connect(target_of(f"https://127.0.0.1:{port}")), Unreachable)
    assert "connection refused" in str(error)
    assert f"https://127.0.0.1:{port}" in str(error)


async def test_an_unknown_host(target_of, connect):
    error = await error_of(connect(target_of("https://no-such-host.invalid:6443")), Unreachable)
    assert "cannot be resolved" in str(error)


async def test_a_server_that_never_answers_ends_at_the_deadline(server, target_of, connect):
    server.answer = lambda _: hang
    began = time.monotonic()
    error = await error_of(connect(target_of(server.url)), Unreachable, deadline=began + 0.3)
    assert "gave no answer" in str(error)
    assert 0.25 < time.monotonic() - began < 3


async def test_silence_longer_than_the_request_timeout_is_tried_again(server, target_of, connect):
    server.replies = [hang]
    answer = await get(connect(target_of(server.url), request_timeout=0.2))
    assert answer.error is None
    assert answer.operation.sent == answer.operation.retries + 1 == len(server.seen) == 2


async def test_a_server_that_does_not_finish_the_handshake(target_of, connect):
    async def mute(reader, writer):
        await reader.read()
        writer.close()

    listener = await asyncio.start_server(mute, "127.0.0.1", 0)
    connection = connect(target_of(f"https://127.0.0.1:{port_of(listener)}"))
    error = await error_of(connection, Unreachable, deadline=time.monotonic() + 0.3)
    assert "gave no answer" in str(error)
    listener.close()


async def test_a_deadline_in_the_past_sends_nothing(server, target_of, connect):
    answer = await get(connect(target_of(server.url)), deadline=time.monotonic() - 1)
    assert type(answer.error) is Unreachable
    assert answer.operation.sent == 0
    assert not server.seen


async def test_a_connection_closed_without_an_answer(server, target_of, connect):
    server.answer = lambda _: slam
    error = await error_of(connect(target_of(server.url), retry=ONCE), Unreachable)
    assert "without an answer" in str(error)


async def test_something_that_is_not_http(server, target_of, connect):
    server.answer = lambda _: b"SSH-2.0-OpenSSH_9.6\r\n\r\n"
    assert "does not answer in HTTP" in str(await error_of(connect(target_of(server.url), retry=ONCE), BadAnswer))


async def test_http_where_https_is_due(target_of, connect):
    async def plain(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    listener = await asyncio.start_server(plain, "127.0.0.1", 0)
    error = await error_of(connect(target_of(f"https://127.0.0.1:{port_of(listener)}")), Unreachable)
    assert "does not speak TLS" in str(error)
    listener.close()


async def test_https_where_http_is_written(target_of, connect):
    async with serving(tls=False) as server:
        server.replies = [reply(400, b"Client sent an HTTP request to an HTTPS server.\n", "text/plain")]
        error = await error_of(connect(target_of(server.url)), BadAnswer)
    assert "speaks HTTPS" in str(error)


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (lambda: server_pair(days=-1), "has expired"),
        (lambda: server_pair(by="someone-else"), "unknown authority"),
        (lambda: Authority("kubernetes").issue("kube-apiserver", "127.0.0.1"), "unknown authority"),
        (lambda: server_pair("nas.lan"), "for another name"),
        (lambda: server_pair("10.9.8.7"), "for another name"),
    ],
)
async def test_a_server_certificate_that_cannot_be_trusted(target_of, connect, pair, words):
    async with serving(pair()) as server:
        error = await error_of(connect(target_of(server.url)), Unreachable)
        assert words in str(error)
        assert not server.seen


def certificate_user(pair) -> dict[str, str]:
    encoded = (base64.b64encode(part).decode() for part in (pair.chain, pair.key))
    return dict(zip(("client-certificate-data", "client-key-data"), encoded, strict=True))


async def test_an_expired_client_certificate_that_tls_refuses(target_of, connect):
    with demanding() as url:
        target = target_of(url, user=certificate_user(client_pair(days=-3)))
        error = await error_of(connect(target, retry=ONCE), Unreachable)
    assert "client certificate: it expired on" in str(error)


async def test_an_expired_client_certificate_at_a_server_that_only_hangs_up(target_of, connect):
    async with serving(ask_client="kubernetes") as server:
        target = target_of(server.url, user=certificate_user(client_pair(days=-3)))
        error = await error_of(connect(target, retry=ONCE), Unreachable)
    assert "the client certificate expired on" in str(error)


async def test_an_expired_client_certificate_that_the_api_server_refuses(server, target_of, connect):
    server.answer = lambda _: status(401, "Unauthorized")
    target = target_of(server.url, user=certificate_user(client_pair(days=-3)))
    assert "the client certificate expired on" in str(await error_of(connect(target), Unauthorized))


async def test_a_client_certificate_of_another_cluster(target_of, connect):
    with demanding() as url:
        target = target_of(url, user=certificate_user(client_pair(by="someone-else")))
        error = await error_of(connect(target, retry=ONCE), Unreachable)
    assert "refused the client certificate" in str(error)


async def test_a_client_certificate_that_is_missing(target_of, connect):
    with demanding() as url:
        error = await error_of(connect(target_of(url), retry=ONCE), Unreachable)
    assert "wants a client certificate" in str(error)


async def test_a_ca_that_is_no_certificate_is_a_config_error(server, target_of, connect):
    junk = base64.b64encode(b"not a certificate").decode()
    target = target_of(server.url, **{"certificate-authority-data": junk, "certificate-authority": ""})
    answer = await get(connect(target))
    assert answer.error.kind == "config"
    assert "certificate authority" in str(answer.error)
    assert answer.operation.sent == 0


async def test_an_intermediate_authority_may_be_the_root_of_trust(connect, target_of):
    leaf = authority("self-made").issue("self", "127.0.0.1")
    async with serving(leaf) as server:
        pem = base64.b64encode(leaf.chain).decode()
        target = target_of(server.url, **{"certificate-authority-data": pem, "certificate-authority": ""})
        assert (await get(connect(target))).error is None
