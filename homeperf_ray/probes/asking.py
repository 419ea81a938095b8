"""Asking one DNS server one question: UDP, and TCP where the answer is cut short."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import msgspec

from homeperf_ray.kube.secret import quoted
from homeperf_ray.probes.outcome import Fault

if TYPE_CHECKING:
    import dns.message

PORT = 53
MOST_RECORDS = 64
LONGEST_RECORD = 300
MOST_CNAMES = 16
PAYLOAD = 1232
"""Bytes of an answer over UDP, as DNS Flag Day 2020 recommends."""

MAX_DATAGRAM = 65_535

_RCODES: dict[str, Fault] = {"NXDOMAIN": "nxdomain", "SERVFAIL": "servfail", "REFUSED": "refused"}


class Server(msgspec.Struct, frozen=True):
    """Where a DNS server listens."""

    address: str
    port: int = PORT

    def __str__(self) -> str:
        if self.port == PORT:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a server said. ``fault`` is empty where ``records`` answer the question; ``seconds`` is the whole wait."""

    server: str
    fault: Fault = ""
    reason: str = ""
    rcode: str = ""
    records: tuple[str, ...] = ()
    over_tcp: bool = False
    seconds: float = 0.0


def server_at(text: str) -> Server:
    """``ADDRESS``, ``ADDRESS:PORT`` or ``[ADDRESS]:PORT``. Raises ValueError for anything else, a name included."""
    host, port = text, str(PORT)
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        port = rest.removeprefix(":") if rest or not closed else port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise ValueError(f"{text!r} is not a DNS server; write ADDRESS or ADDRESS:PORT")
    try:
        address = ip_address(host)
    except ValueError:
        raise ValueError(f"{text!r} is not a DNS server; write its address, not its name") from None
    return Server(str(address), int(port))


async def ask(servers: Sequence[Server], name: str, kind: str, *, timeout: float) -> Answer:
    """Ask each server, twice in all at least, until one answers; a name that is not there is an answer.

    A packet may be lost, so ``timeout`` is dealt out to the tries. The last failure is the answer where all fail.
    """
    if not servers:
        return Answer(server="", fault="unreachable", reason="there is no DNS server to ask")
    began = time.perf_counter()
    tries = [*servers, *servers] if len(servers) < 3 else list(servers)
    each = timeout / len(tries)
    found = Answer(server="")
    for number, server in enumerate(tries):
        again = number >= len(servers)
        if again and found.fault != "timeout":
            break
        found = await _one(server, name, kind, each)
        if not found.fault or found.fault in ("nxdomain", "no_data"):
            break
    return msgspec.structs.replace(found, seconds=time.perf_counter() - began)


async def _one(server: Server, name: str, kind: str, timeout: float) -> Answer:
    import dns.exception
    import dns.message

    def failed(fault: Fault, reason: str) -> Answer:
        return Answer(server=str(server), fault=fault, reason=reason)

    try:
        question = dns.message.make_query(name, kind, use_edns=0, payload=PAYLOAD)
        async with asyncio.timeout(timeout):
            reply, over_tcp = await _exchanged(server, question)
    except (TimeoutError, dns.exception.Timeout):
        return failed("timeout", f"no answer within {timeout:.1f} s")
    except ConnectionRefusedError:
        return failed("unreachable", "nothing listens there")
    except OSError as error:
        return failed("unreachable", quoted(error.strerror or type(error).__name__, limit=80))
    except EOFError:
        return failed("closed", "the connection ended before the answer")
    except (dns.exception.DNSException, ValueError) as error:
        return failed("malformed", f"its answer is none ({type(error).__name__})")
    return _read(server, reply, over_tcp=over_tcp)


async def _exchanged(server: Server, question: dns.message.Message) -> tuple[dns.message.Message, bool]:
    """The answer, and whether it came over TCP. The socket is connected, so that the kernel says where nobody listens
    and hands over no packet of anybody else.
    """
    import dns.asyncquery
    import dns.flags
    import dns.message
    import dns.query

    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in server.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as connection:
        connection.setblocking(False)
        connection.connect((server.address, server.port))
        await loop.sock_sendall(connection, question.to_wire())
        reply = dns.message.from_wire(await loop.sock_recv(connection, MAX_DATAGRAM), raise_on_truncation=False)
    if not question.is_response(reply):
        raise dns.query.BadResponse
    if not reply.flags & dns.flags.TC:
        return reply, False
    return await dns.asyncquery.tcp(question, server.address, port=server.port), True


def _read(server: Server, reply: dns.message.Message, *, over_tcp: bool) -> Answer:
    import dns.exception
    import dns.message
    import dns.rcode

    rcode = dns.rcode.to_text(reply.rcode())
    told: dict[str, Any] = {"server": str(server), "rcode": rcode, "over_tcp": over_tcp}
    if rcode != "NOERROR":
        return _answer(told, _RCODES.get(rcode, "rcode"), f"it says {rcode}")
    try:
        assert isinstance(reply, dns.message.QueryMessage)
        found = reply.resolve_chaining()
    except dns.message.ChainTooLong:
        return _answer(told, "cname_loop", f"its CNAMEs go on for more than {MOST_CNAMES}, or in a circle")
    except (dns.exception.DNSException, AssertionError) as error:
        return _answer(told, "malformed", f"its answer is none ({type(error).__name__})")
    if found.answer is None:
        return _answer(told, "no_data", "the name has no such record")
    records = sorted(_text(record) for record in found.answer)
    return Answer(**told, records=tuple(records[:MOST_RECORDS]))


def _answer(told: dict[str, Any], fault: Fault, reason: str) -> Answer:
    return Answer(**told, fault=fault, reason=reason)


def _text(record: Any) -> str:
    """The record in its text form, an address in its shortest; what is not printable is escaped."""
    text = record.to_text()
    try:
        return str(ip_address(text))
    except ValueError:
        return quoted(text, limit=LONGEST_RECORD)
