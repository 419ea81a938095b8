"""The pool: keep-alive connections of aiohttp, one HTTP exchange at a time, timed by phase."""

from __future__ import annotations

import asyncio
import math
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

from homeperf_ray import __version__
from homeperf_ray.kube.credentials import Credential
from homeperf_ray.kube.nearness import is_near
from homeperf_ray.kube.target import Target
from homeperf_ray.kube.tls import ClientCertificate, Trust, ssl_context

if TYPE_CHECKING:
    import aiohttp

    from homeperf_ray.kube.upgrade import Listener

KEEP_ALIVE_SECONDS = 75.0
"""How long an idle connection is kept; kube-apiserver closes them after 90."""

GOOD = frozenset({200, 201})
"""Statuses of an answer: 201 is that of a review, of which nothing is kept."""

UPGRADED = frozenset({101})
"""That of a WebSocket."""

MAX_ERROR_BODY = 64 * 1024
"""Bytes of an answer that are read where its status is not good."""

READ_BUFFER = 1 << 20
"""Bytes that may wait in a socket's buffer: a page of 500 pods is 3 MB."""


def load_client() -> ModuleType:
    """Import aiohttp without the system's certificate authorities, a third of its import: a Target brings its own.

    The context that aiohttp makes of them for whoever brings none trusts nobody then.
    """
    made = ssl.create_default_context
    ssl.create_default_context = lambda *_, **__: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        import aiohttp
    finally:
        ssl.create_default_context = made
    return aiohttp


@dataclass
class Exchange:
    """One HTTP request and its answer. Times are seconds; ``stage`` is what is being done.

    ``most`` is how many bytes the answer may have, 0 for any number.
    ``renew`` waits for another permit; it is called where the connection is made only after ``good_until``
    (``time.perf_counter()``), when the first is stale.
    ``busy`` is the processor time that this thread spent, on whatever, while it waited for the first byte.
    """

    stage: str = "connect"
    sent: bool = False
    connect: float = 0.0
    first_byte: float = 0.0
    transfer: float = 0.0
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    connecting: float = 0.0
    renew: Callable[[], Awaitable[None]] | None = None
    most: int = 0
    good_until: float = math.inf
    permit: float = 0.0
    worked: float = 0.0
    busy: float = 0.0


class Pool:
    """At most ``concurrency`` connections to one server, any number for 0.

    Silence longer than ``timeout`` seconds is an error, and so is a connection that takes longer than ``connect``
    where that is given.
    """

    def __init__(self, target: Target, *, concurrency: int, timeout: float, connect: float = 0.0) -> None:
        aiohttp = load_client()
        self._target = target
        self._url_class = _url_class()
        self._certificate: ClientCertificate | None = None
        self._tls: ssl.SSLContext | None = None
        self._headers = [("User-Agent", f"homeperf/{__version__}"), *target.impersonate]
        self._encoding = ""
        self.opened = self.sent = 0
        self._looking = asyncio.Lock()
        self._patience = timeout
        self._connect = connect or timeout
        self._session = aiohttp.ClientSession(
            connector=connector(target, concurrency),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=_timeout(timeout, timeout),
            trace_configs=[_stopwatch()],
            read_bufsize=READ_BUFFER,
        )
        # aiohttp would send a GET again by itself, past the budget and unseen by the ledger.
        self._session._retry_connection = False  # noqa: SLF001

    async def send(
        self, exchange: Exchange, path: str, credential: Credential, accept: str, question: bytes = b""
    ) -> None:
        """GET ``path``, or POST a ``question`` in JSON to it; fills ``exchange``. Raises whatever aiohttp, TLS and the
        loop raise, and ConfigError for a certificate that cannot be used.
        """
        response = await self._begin(exchange, path, credential, accept, question)
        answered = time.perf_counter()
        try:
            if response.status not in GOOD:
                exchange.body = await beginning(response)
            elif exchange.most:
                exchange.body = await _bounded(response, exchange.most)
            else:
                exchange.body = await response.read()
        finally:
            response.close() if not response.content.at_eof() else response.release()
            exchange.transfer = time.perf_counter() - answered
        exchange.stage = "done"

    async def stream(
        self, exchange: Exchange, path: str, credential: Credential, accept: str, silence: float
    ) -> aiohttp.ClientResponse:
        """Begin a GET whose answer goes on for minutes; the caller reads and closes it. Raises as ``send`` does.

        Silence longer than ``silence`` seconds is an error of whoever reads. Where the status is not good, the
        beginning of the body is in ``exchange`` already.
        """
        response = await self._begin(exchange, path, credential, accept, silence=silence)
        if response.status not in GOOD:
            exchange.body = await beginning(response)
            response.close()
        return response

    async def _begin(
        self,
        exchange: Exchange,
        path: str,
        credential: Credential,
        accept: str,
        question: bytes = b"",
        silence: float | None = None,
    ) -> aiohttp.ClientResponse:
        """Send a request and wait for the head of its answer; what goes on for long is not to be compressed."""
        target = self._target
        headers = [*self._headers, ("Accept", accept)]
        if credential.authorization:
            headers.append(("Authorization", credential.authorization.reveal()))
        if question:
            headers.append(("Content-Type", "application/json"))
        began = time.perf_counter()
        try:
            encoding = "identity" if silence else self._encoding or await self._best_encoding()
            headers.append(("Accept-Encoding", encoding))
            response = await self._session.request(
                "POST" if question else "GET",
                self._url_class(target.server + path, encoded=True),
                data=question or None,
                headers=headers,
                allow_redirects=False,
                ssl=self._context(credential.certificate),
                server_hostname=target.trust.server_name or None,
                proxy=target.proxy or None,
                timeout=_timeout(self._connect, silence or self._patience),
                trace_request_ctx=exchange,
            )
            exchange.stage = "transfer"
        finally:
            answered = time.perf_counter()
            if exchange.connecting:
                exchange.connect = answered - exchange.connecting
            self.opened += exchange.connect > 0
            self.sent += exchange.sent
            if exchange.sent:
                exchange.first_byte = answered - began - exchange.connect - exchange.permit
                exchange.busy = time.thread_time() - exchange.worked
        exchange.status = response.status
        exchange.headers = response.headers
        return response  # type: ignore[no-any-return]

    async def converse(self, exchange: Exchange, path: str, credential: Credential, listener: Listener) -> None:
        """Talk over a WebSocket, on a connection of its own; see ``upgrade.converse``."""
        from homeperf_ray.kube.upgrade import converse

        headers = [*self._headers]
        if credential.authorization:
            headers.append(("Authorization", credential.authorization.reveal()))
        tls = self._context(credential.certificate)
        try:
            await converse(self._target, exchange, path, headers, tls, listener, patience=self._patience)
        finally:
            self.opened += exchange.connect > 0
            self.sent += exchange.sent

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def _best_encoding(self) -> str:
        """Compressing costs more than it saves on this machine and its network, and saves much beyond."""
        async with self._looking:
            if not self._encoding:
                near = not self._target.proxy and await is_near(self._target.server)
                self._encoding = "identity" if near else "gzip"
        return self._encoding

    def _context(self, certificate: ClientCertificate | None) -> ssl.SSLContext | bool:
        """The SSL context, made when it is first needed and again when a plugin brings another certificate."""
        if self._target.server.startswith("http://"):
            return True
        if self._tls is None or certificate is not self._certificate:
            self._tls = ssl_context(self._target.trust, certificate)
            self._certificate = certificate
        return self._tls


async def _bounded(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body. Raises ClientPayloadError where it has more than ``most`` bytes."""
    import aiohttp

    pieces, size = [], 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > most:
            raise aiohttp.ClientPayloadError("more than it may have")
        pieces.append(piece)
    return b"".join(pieces)


async def beginning(response: aiohttp.ClientResponse) -> bytes:
    """As much of an error's body as is worth reading; what cannot be read is left out."""
    import aiohttp

    body = b""
    try:
        while len(body) < MAX_ERROR_BODY and (chunk := await response.content.read(MAX_ERROR_BODY - len(body))):
            body += chunk
    except (aiohttp.ClientError, OSError):
        pass
    return body


def _timeout(connect: float, silence: float) -> aiohttp.ClientTimeout:
    import aiohttp

    return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect, sock_read=silence)


def _url_class() -> Any:
    import yarl

    return yarl.URL


def _stopwatch() -> aiohttp.TraceConfig:
    """Times new connections (name, TCP, TLS) and notes that a request has left; it does not run for kept ones."""
    import aiohttp

    async def connecting(_session: Any, context: Any, _params: Any) -> None:
        context.trace_request_ctx.connecting = time.perf_counter()

    async def connected(_session: Any, context: Any, _params: Any) -> None:
        exchange, now = context.trace_request_ctx, time.perf_counter()
        exchange.connect = now - exchange.connecting
        exchange.connecting = 0.0
        if exchange.renew and now > exchange.good_until:
            exchange.stage = "permit"
            try:
                await exchange.renew()
            finally:
                exchange.permit = time.perf_counter() - now

    async def sent(_session: Any, context: Any, _params: Any) -> None:
        exchange = context.trace_request_ctx
        exchange.sent, exchange.stage, exchange.worked = True, "answer", time.thread_time()

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(connecting)
    trace.on_connection_create_end.append(connected)
    trace.on_request_headers_sent.append(sent)
    return trace


def connector(target: Target, concurrency: int) -> aiohttp.TCPConnector:
    import aiohttp

    if not target.proxy.startswith("https://"):
        return aiohttp.TCPConnector(limit=concurrency, keepalive_timeout=KEEP_ALIVE_SECONDS)

    class ProxyConnector(aiohttp.TCPConnector):
        """Trusts the system's roots for the proxy itself, to which it shows no client certificate.

        aiohttp would check the proxy against the cluster's CA.
        """

        def _get_ssl_context(self, req: aiohttp.ClientRequest) -> ssl.SSLContext | None:
            if req.proxy is None and str(req.url.origin()) == origin:
                return roots
            return super()._get_ssl_context(req)

    origin = str(_url_class()(target.proxy).origin())
    roots = ssl_context(Trust(), None)
    return ProxyConnector(limit=concurrency, keepalive_timeout=KEEP_ALIVE_SECONDS)
