"""All that answers beside the API server, opened and closed together."""

from __future__ import annotations

import asyncio
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from homeperf_ray.sim.answering.dns_server import DnsServer, Meets
from homeperf_ray.sim.answering.edge import Edge
from homeperf_ray.sim.answering.endpoints import Endpoints
from homeperf_ray.sim.answering.pki import Certificates
from homeperf_ray.sim.answering.ports import Ports
from homeperf_ray.sim.answering.relocation import relocate
from homeperf_ray.sim.answering.web import Web
from homeperf_ray.sim.answering.zone import ADDRESS, Zone
from homeperf_ray.sim.faults import Rule
from homeperf_ray.sim.store import Store

_CONFIGURATION = """\
# How homeperf reaches what this homelab publishes.
probes:
  allow: [loopback]
  resolver: {outside}
  ca: {ca}
  http-port: {http}
  https-port: {https}
"""


class Answering:
    """``ports`` are those of Services. Its faults are those of the kinds ``dns``, ``tls``, ``http`` and ``tcp``."""

    def __init__(self, store: Store, directory: Path, now: datetime) -> None:
        self._store = store
        self._directory = directory
        self._certificates = Certificates(directory, now)
        self.ports = Ports()

    async def open(self, meets: Meets, *, api: int) -> Endpoints:
        """Listen, and move the homelab's objects to where that is. ``api`` is the API server's port."""
        asyncio.get_running_loop().set_exception_handler(_only_defects)
        zone = Zone(self._store)
        self._inside = DnsServer(zone.inside, meets, "inside")
        self._outside = DnsServer(zone.outside, meets, "outside")
        self._edge = Edge(Web(zone.published, meets), self._certificates, meets)
        await self._inside.open()
        await self._outside.open()
        await self._edge.open()
        http, https = self._edge.http, self._edge.https
        relocate(self._store, self.ports, dns=self._inside.port, http=http, https=https, api=api)
        ca, configuration = self._directory / "ingress-ca.crt", self._directory / "homeperf.yaml"
        ca.write_bytes(self._certificates.pem)
        outside = f"{ADDRESS}:{self._outside.port}"
        configuration.write_text(_CONFIGURATION.format(outside=outside, ca=ca, http=http, https=https))
        return Endpoints(
            inside=f"{ADDRESS}:{self._inside.port}",
            outside=outside,
            http=http,
            https=https,
            ca=str(ca),
            configuration=str(configuration),
        )

    def switch(self, rule: Rule, *, on: bool) -> None:
        """Put a fault of Services' ports in force, or end it."""
        for service in self.ports.services():
            if not rule.host or fnmatchcase(service, rule.host):
                self.ports.set(service, rule.answer if on else "")

    def close(self) -> None:
        self._inside.close()
        self._outside.close()
        self._edge.close()
        self.ports.close()


def _only_defects(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Clients of wrong answers leave in the middle of them: that is no fault of the homelab's."""
    if "transport" not in context and "protocol" not in context:
        loop.default_exception_handler(context)
