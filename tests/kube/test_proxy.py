from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from homeperf_ray.kube.errors import ConfigError, Unreachable
from homeperf_ray.kube.proxy import proxy_for
from homeperf_ray.timings.operation import Operation
from tests.kube.authority import authority, server_pair
from tests.kube.server import server_context, serving

OPERATION = Operation(kind="list", started=0.0, resource="pods")
SERVER = "https://k8s.example.com:6443"


@dataclass
class Proxy:
    url: str = ""
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    refuse: bytes = b""


@asynccontextmanager
async def proxying(tls: bool = False) -> AsyncIterator[Proxy]:
    """A proxy that knows CONNECT."""
    proxy = Proxy()

    async def pump(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        proxy.heads.append(head)
        method, where, _ = head.split(" ", 2)
        proxy.asked.append(f"{method} {where}")
        if proxy.refuse:
            writer.write(proxy.refuse)
            await writer.drain()
            writer.close()
            return
        host, _, port = where.rpartition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    context = server_context(server_pair(by="proxy-authority")) if tls else None
    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    proxy.url = f"{'https' if tls else 'http'}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    yield proxy
    listener.close()


async def get(connection):
    return await connection.get("/api/v1/pods", operation=OPERATION)


async def test_requests_go_through_the_proxy_and_its_connection_is_kept(server, target_of, connect):
    async with proxying() as proxy:
        connection = connect(target_of(server.url, **{"proxy-url": proxy.url}))
        first, second = await get(connection), await get(connection)
        assert first.error is second.error is None
        assert proxy.asked == [f"CONNECT 127.0.0.1:{server.port}"]
        assert second.operation.connect == 0.0
        assert "s3cr3t-token" not in "".join(proxy.heads)


async def test_a_proxy_with_a_password(server, target_of, connect):
    async with proxying() as proxy:
        url = proxy.url.replace("//", "//me:hush@")
        assert (await get(connect(target_of(server.url, **{"proxy-url": url})))).error is None
    assert f"Proxy-Authorization: Basic {base64.b64encode(b'me:hush').decode()}" in proxy.heads[0]


async def test_a_proxy_that_speaks_tls_is_checked_against_the_systems_roots(
    server, target_of, connect, tmp_path, monkeypatch
):
    roots = tmp_path / "roots.pem"
    roots.write_bytes(authority("proxy-authority").pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(roots))
    async with proxying(tls=True) as proxy:
        assert (await get(connect(target_of(server.url, **{"proxy-url": proxy.url})))).error is None
        assert proxy.asked == [f"CONNECT 127.0.0.1:{server.port}"]


async def test_the_systems_roots_are_not_trusted_for_the_server_behind_it(target_of, connect, tmp_path, monkeypatch):
    roots = tmp_path / "roots.pem"
    roots.write_bytes(authority("proxy-authority").pem + authority("someone-else").pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(roots))
    async with proxying(tls=True) as proxy, serving(server_pair(by="someone-else")) as server:
        answer = await get(connect(target_of(server.url, **{"proxy-url": proxy.url})))
        assert type(answer.error) is Unreachable
        assert not server.seen


@pytest.mark.parametrize(("code", "words"), [(407, "a user and a password"), (502, "may connect")])
async def test_a_proxy_that_refuses(server, target_of, connect, code, words):
    async with proxying() as proxy:
        proxy.refuse = f"HTTP/1.1 {code} No\r\nContent-Length: 0\r\n\r\n".encode()
        answer = await get(connect(target_of(server.url, **{"proxy-url": proxy.url.replace("//", "//me:hush@")})))
    assert type(answer.error) is Unreachable
    assert f"({code})" in str(answer.error)
    assert words in answer.error.hint
    assert "hush" not in repr(answer.error.args)


async def test_a_proxy_that_is_not_there(server, target_of, connect):
    async with proxying() as proxy:
        url = proxy.url
    answer = await get(connect(target_of(server.url, **{"proxy-url": url})))
    assert "the proxy on the way" in str(answer.error)
    assert "connection refused" in str(answer.error)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("socks5://me:hush@127.0.0.1:1080", "SOCKS"),
        ("socks5h://127.0.0.1", "SOCKS"),
        ("ftp://hush", "http:// or https://"),
        ("http://[hush", "is not a URL"),
        ("http://proxy:99999", "is not a URL"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_a_config_error(target_of, url, words):
    with pytest.raises(ConfigError) as caught:
        target_of(SERVER, **{"proxy-url": url})
    assert words in str(caught.value)
    assert "hush" not in str(caught.value)
    assert caught.value.hint


class TestEnvironment:
    def test_https_proxy_is_used(self):
        assert proxy_for(SERVER, "", {"HTTPS_PROXY": "http://p:1"}) == "http://p:1"
        assert proxy_for(SERVER, "", {"https_proxy": "p:1"}) == "http://p:1"
        assert proxy_for("http://k8s.example.com", "", {"https_proxy": "p:1"}) == ""

    def test_the_kubeconfig_goes_before_it(self):
        assert proxy_for(SERVER, "http://q:2", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}) == "http://q:2"

    def test_this_machine_needs_none(self):
        for server in ("https://127.0.0.1:6443", "https://localhost:6443", "https://[::1]:6443"):
            assert proxy_for(server, "", {"HTTPS_PROXY": "http://p:1"}) == ""

    @pytest.mark.parametrize(
        ("server", "exceptions", "proxied"),
        [
            (SERVER, "example.com", False),
            (SERVER, ".example.com", False),
            (SERVER, "*.example.com", False),
            (SERVER, "k8s.example.com", False),
            (SERVER, "K8S.example.com:6443", False),
            (SERVER, "k8s.example.com:443", True),
            (SERVER, "ample.com, 8s.example.com", True),
            (SERVER, "*", False),
            ("https://example.com", ".example.com", True),
            ("https://192.168.1.5:6443", "10.0.0.0/8, 192.168.0.0/16", False),
            ("https://192.168.1.5:6443", "10.0.0.0/8", True),
            ("https://192.168.1.5:6443", "192.168.1.5", False),
            ("https://[fd00::1]:6443", "fd00::/8", False),
        ],
    )
    def test_no_proxy(self, server, exceptions, proxied):
        assert bool(proxy_for(server, "", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": exceptions})) is proxied
