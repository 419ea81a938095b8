"""The prober: does one probe from where it runs, and always comes back with an outcome."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from ipaddress import ip_address
from typing import Any

import msgspec

from homeperf_ray.probes.addresses import SPECIALS, Address, Policy
from homeperf_ray.probes.asking import Server, ask, server_at
from homeperf_ray.probes.certificates import certificate
from homeperf_ray.probes.course import Course, Ended
from homeperf_ray.probes.exchange import Broken, Exchanged, exchange
from homeperf_ray.probes.faults import fault_of
from homeperf_ray.probes.hosts import BadTargetError, host_name, port_number
from homeperf_ray.probes.outcome import Certificate, Fault, Outcome, Phases, Stage
from homeperf_ray.probes.probe import INSIDE, OUTSIDE, DnsProbe, HttpProbe, Probe, TcpProbe, TlsProbe
from homeperf_ray.probes.resolving import Resolver, System, read_system
from homeperf_ray.probes.settings import ProbeSettings
from homeperf_ray.probes.tls import chain_of, looking, trusting

STAGGER = 0.25
"""Seconds after which the next address is tried beside the first (RFC 8305)."""

MOST_ADDRESSES = 16

_STREAM_BYTES = 64 * 1024


class Prober:
    """Does probes of one run at one ``vantage``. Call it in a running loop, and ``close`` it.

    Raises ValueError for settings that cannot be used: a resolver that is no address, a ``ca`` that is no PEM.
    """

    def __init__(self, settings: ProbeSettings, vantage: str, system: System | None = None) -> None:
        self._settings = settings
        self._vantage = vantage
        self._policy = Policy(settings.allow)
        self._system = system or read_system()
        self._outside = tuple(map(server_at, settings.resolvers)) or self._system.servers
        self._inside = (server_at(settings.inside),) if settings.inside else ()
        self._names = Resolver(self._outside, self._system, timeout=settings.timeout * 0.9)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._trusting("")
        _import_early()

    async def probe(self, probe: Probe, timeout: float | None = None) -> Outcome:
        """Do it, within ``timeout`` seconds or the settings' own. Never raises but for cancellation."""
        patience = timeout or self._settings.timeout
        started = time.time()
        course = Course(probe)
        fault: Fault = ""
        stage: Stage = ""
        reason = ""
        try:
            async with asyncio.timeout(patience):
                await self._run(probe, course)
        except (Ended, Broken) as error:
            fault, reason, stage = error.fault, error.reason, course.stage
        except BadTargetError as error:
            fault, reason = "bad_target", str(error)
        except TimeoutError:
            fault, stage = "timeout", course.stage
            reason = f"no end within {patience:g} s"
        except (OSError, ValueError) as error:
            fault, reason = fault_of(error, course.stage)
            stage = course.stage
        except Exception as error:  # noqa: BLE001 - what a stranger sends must not end the run
            fault, reason, stage = "failed", type(error).__name__, course.stage
        course.leave()
        phases = Phases(**course.phases, total=time.perf_counter() - course.began)
        return Outcome(
            target=str(probe),
            protocol=probe.protocol,
            vantage=self._vantage,
            started=started,
            fault=fault,
            stage=stage,
            reason=reason,
            phases=phases,
            **course.facts,
        )

    def unprobed(self, probe: Probe, reason: str) -> Outcome:
        """The outcome of a probe that was not done."""
        return Outcome(
            target=str(probe),
            protocol=probe.protocol,
            vantage=self._vantage,
            started=time.time(),
            fault="not_probed",
            reason=reason,
        )

    async def close(self) -> None:
        await self._names.close()

    async def _run(self, probe: Probe, course: Course) -> None:
        if isinstance(probe, DnsProbe):
            await self._dns(probe, course)
        elif isinstance(probe, TcpProbe):
            connection = await self._connected(probe.host, probe.port, course, trusted=probe.trusted)
            course.leave()
            connection.close()
        elif isinstance(probe, TlsProbe):
            await self._tls(probe, course)
        else:
            await self._http(probe, course)

    async def _dns(self, probe: DnsProbe, course: Course) -> None:
        servers = self._servers(probe.resolver)
        if probe.resolver == INSIDE and not self._settings.inside_trusted:
            for server in servers:
                if why := self._policy.refuses(ip_address(server.address)):
                    course.stage = "address"
                    raise Ended("address_refused", f"the cluster's resolver is said to be {server.address} ({why})")
        if not servers:
            where = "the cluster's resolver is not known" if probe.resolver == INSIDE else "there is no DNS server"
            raise Ended("not_probed", where)
        course.enter("dns")
        answer = await ask(servers, probe.name, probe.type, timeout=self._settings.timeout * 0.9)
        course.facts.update(
            resolver=answer.server, rcode=answer.rcode, records=answer.records, over_tcp=answer.over_tcp
        )
        if answer.fault:
            raise Ended(answer.fault, answer.reason)

    async def _tls(self, probe: TlsProbe, course: Course) -> None:
        name = host_name(probe.server_name) if probe.server_name else host_name(probe.host)
        verified = self._trusting(probe.ca) if probe.verify else None
        _, writer = await self._secured(probe.host, probe.port, name, (name, *probe.names), verified, course,
                                        trusted=probe.trusted)  # fmt: skip
        course.leave()
        writer.transport.abort()

    async def _http(self, probe: HttpProbe, course: Course) -> None:
        host = host_name(probe.host)
        if probe.tls:
            reader, writer = await self._secured(probe.host, probe.port, host, (host, *probe.names),
                                                 self._trusting(""), course, trusted=probe.trusted)  # fmt: skip
        else:
            connection = await self._connected(probe.host, probe.port, course, trusted=probe.trusted)
            reader, writer = await asyncio.open_connection(sock=connection, limit=_STREAM_BYTES)
        so_far = Exchanged()
        course.leave()
        course.stage = "first_byte"
        try:
            await exchange(probe, reader, writer, so_far)
        finally:
            if so_far.status:
                course.stage = "transfer"
            course.facts.update(status=so_far.status, location=so_far.location, bytes=so_far.bytes)
            course.phases.update(first_byte=so_far.first_byte, transfer=so_far.transfer)
            course.since = time.perf_counter()
            writer.transport.abort()

    async def _secured(
        self,
        host: str,
        port: int,
        name: str,
        wanted: tuple[str, ...],
        verified: ssl.SSLContext | None,
        course: Course,
        *,
        trusted: bool,
    ) -> tuple[asyncio.StreamReader, Any]:
        """A connection with TLS. Where the chain is not trusted, the phases are those of the second look at it."""
        code, reason = 0, ""
        if verified is not None:
            connection = await self._connected(host, port, course, trusted=trusted)
            course.enter("tls")
            try:
                reader, writer = await _shaken(connection, verified, name)
            except ssl.SSLCertVerificationError as error:
                code, reason = error.verify_code, error.verify_message or ""
            else:
                course.leave()
                course.facts.update(_shown(writer, wanted, 0, ""))
                return reader, writer
            course.again()
        connection = await self._connected(host, port, course, trusted=trusted)
        course.enter("tls")
        reader, writer = await _shaken(connection, looking(), name)
        course.leave()
        course.facts.update(_shown(writer, wanted, code, reason, unverified=verified is None))
        return reader, writer

    async def _connected(self, host: str, port: int, course: Course, *, trusted: bool) -> socket.socket:
        """A TCP connection to one of the addresses that were checked, and to no other."""
        from aiohappyeyeballs import start_connection

        name, port = host_name(host), port_number(port)
        if course.good is None:
            course.good = await self._checked(name, course, trusted=trusted)
        course.enter("connect")
        connection = await start_connection(
            [_info(address, port) for address in course.good], happy_eyeballs_delay=STAGGER, interleave=1
        )
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        course.facts["address"] = connection.getpeername()[0]
        course.leave()
        return connection

    async def _checked(self, name: str, course: Course, *, trusted: bool) -> list[Address]:
        """Resolve a name, once, and leave out the addresses that nothing should connect to."""
        course.enter("dns")
        found = await self._names.resolve(name)
        addresses = found.addresses[:MOST_ADDRESSES]
        course.facts.update(resolver=found.resolver, addresses=tuple(map(str, addresses)))
        if found.fault:
            raise Ended(found.fault, found.reason)
        course.leave()
        course.stage = "address"
        policy = Policy(SPECIALS) if trusted else self._policy
        refused = tuple(f"{one} ({why})" for one in addresses if (why := policy.refuses(one)))
        course.facts["refused"] = refused
        if len(refused) == len(addresses):
            raise Ended("address_refused", f"it leads to {', '.join(refused)}")
        return [one for one in addresses if not policy.refuses(one)]

    def _servers(self, resolver: str) -> tuple[Server, ...]:
        if resolver == OUTSIDE:
            return self._outside
        return self._inside if resolver == INSIDE else (server_at(resolver),)

    def _trusting(self, ca: str) -> ssl.SSLContext:
        if ca not in self._contexts:
            self._contexts[ca] = trusting(ca or self._settings.ca, only=bool(ca))
        return self._contexts[ca]


async def _shaken(
    connection: socket.socket, context: ssl.SSLContext, name: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A TLS handshake over an open connection, with ``name`` as SNI where it is no address."""
    try:
        return await asyncio.open_connection(sock=connection, ssl=context, server_hostname=name, limit=_STREAM_BYTES)
    except BaseException:
        connection.close()
        raise


def _shown(
    writer: asyncio.StreamWriter, wanted: tuple[str, ...], code: int, reason: str, *, unverified: bool = False
) -> dict[str, Any]:
    """What a handshake has shown. Raises Ended for a certificate that nobody can read."""
    connection = writer.get_extra_info("ssl_object")
    facts: dict[str, Any] = {"tls_version": connection.version() or ""}
    chain = chain_of(connection)
    try:
        found: Certificate | None = certificate(chain, wanted=wanted, code=code, reason=reason) if chain else None
    except ValueError:
        writer.transport.abort()
        raise Ended("malformed", "its certificate cannot be read") from None
    if found and unverified:
        found = msgspec.structs.replace(found, trust="unverified")
    return facts | {"certificate": found}


def _import_early() -> None:
    """Import what the first probes would otherwise be measured with."""
    import aiohappyeyeballs  # noqa: F401
    import dns.asyncquery
    import dns.rdtypes.ANY
    import dns.rdtypes.IN  # noqa: F401
    import h11  # noqa: F401
    from cryptography import x509  # noqa: F401


def _info(address: Address, port: int) -> Any:
    """An address as ``getaddrinfo`` would give it. IPv4 in IPv6 is connected to as what it is."""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if address.version == 4:
        return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (str(address), port))
    return (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (str(address), port, 0, 0))
