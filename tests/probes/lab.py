"""A small network on loopback for one test: a DNS server, the two ports of a web server, and faults to switch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from homeperf_ray.probes.outcome import Outcome
from homeperf_ray.probes.probe import DnsProbe, HttpProbe, Probe, TlsProbe
from homeperf_ray.probes.prober import Prober
from homeperf_ray.probes.resolving import System
from homeperf_ray.probes.settings import ProbeSettings
from homeperf_ray.sim.answering.dns_server import DnsServer, Records
from homeperf_ray.sim.answering.edge import Edge
from homeperf_ray.sim.answering.pki import Certificates
from homeperf_ray.sim.answering.web import Web
from homeperf_ray.sim.faults import Faults, Rule

HOST = "plex.home.arpa"


@dataclass
class Lab:
    """``zone`` maps a name to its records by type; ``wrong`` puts a wrong answer in force."""

    dns: DnsServer
    edge: Edge
    web: Web
    ca: str
    faults: Faults = field(default_factory=Faults)
    zone: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def wrong(self, kind: str, answer: str, **more: Any) -> None:
        self.faults.add(Rule(kind=kind, answer=answer, **more))  # type: ignore[arg-type]

    def settings(self, **changed: Any) -> ProbeSettings:
        given: dict[str, Any] = {
            "resolvers": (f"127.0.0.1:{self.dns.port}",),
            "allow": ("loopback",),
            "ca": self.ca,
            "timeout": 10.0,
        }
        return ProbeSettings(**given | changed)

    async def probe(self, probe: Probe, **changed: Any) -> Outcome:
        prober = Prober(self.settings(**changed), "here", System())
        try:
            return await prober.probe(probe)
        finally:
            await prober.close()

    def https(self, host: str = HOST, **more: Any) -> HttpProbe:
        return HttpProbe(host, self.edge.https, **more)

    def http(self, host: str = HOST, **more: Any) -> HttpProbe:
        return HttpProbe(host, self.edge.http, tls=False, **more)

    def tls(self, host: str = HOST, **more: Any) -> TlsProbe:
        return TlsProbe(host, self.edge.https, **more)


def dns(name: str = HOST, kind: str = "A", **more: Any) -> DnsProbe:
    return DnsProbe(name, kind, **more)


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is true; a minute is more than enough for anything here."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - nobody tells when it is
            await asyncio.sleep(0.01)


@asynccontextmanager
async def a_lab(directory: Path) -> AsyncIterator[Lab]:
    faults = Faults()
    zone = {HOST: {"A": ["127.0.0.1"]}}

    def lookup(name: str, kind: str) -> Records | None:
        return None if name not in zone else [(name, kind, value) for value in zone[name].get(kind, ())]

    certificates = Certificates(directory, datetime.now(UTC))
    server = DnsServer(lookup, faults.met_by, "outside")
    web = Web(lambda host: True, faults.met_by)
    edge = Edge(web, certificates, faults.met_by)
    await server.open()
    await edge.open()
    try:
        yield Lab(server, edge, web, certificates.pem.decode(), faults, zone)
    finally:
        server.close()
        edge.close()
        await asyncio.sleep(0)
