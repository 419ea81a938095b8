"""From names to addresses: literal, the hosts file, then DNS; each name once a run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path

import msgspec

from homeperf_ray.probes.addresses import Address, literal
from homeperf_ray.probes.asking import Answer, Server, ask
from homeperf_ray.probes.outcome import Fault

HOSTS = Path("/etc/hosts")

_ORDER: tuple[Fault, ...] = ("no_data", "nxdomain")
"""What a server says of a name; anything else is trouble of the server's own."""


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The addresses of a host, or why there are none."""

    addresses: tuple[Address, ...] = ()
    fault: Fault = ""
    reason: str = ""
    resolver: str = ""


class System(msgspec.Struct, frozen=True):
    """What this machine knows of names: its DNS servers, the domains that it searches, its hosts file."""

    servers: tuple[Server, ...] = ()
    search: tuple[str, ...] = ()
    hosts: Mapping[str, tuple[Address, ...]] = {}


def read_system(hosts: Path = HOSTS) -> System:
    """Read the resolver's configuration and the hosts file; what is not there is empty."""
    import dns.exception
    import dns.resolver

    try:
        configured = dns.resolver.Resolver(configure=True)
    except (dns.exception.DNSException, OSError):
        return System((), (), _hosts(hosts))
    servers = [
        Server(str(address), configured.port)
        for one in configured.nameservers
        if isinstance(one, str) and (address := literal(one))
    ]
    search = tuple(name.to_text(omit_final_dot=True) for name in configured.search)
    return System(tuple(servers), search, _hosts(hosts))


class Resolver:
    """Resolves hosts for one run: whoever asks for a name that is being asked for waits for the same answer."""

    def __init__(self, servers: Sequence[Server], system: System, *, timeout: float) -> None:
        self._servers = servers
        self._system = system
        self._timeout = timeout
        self._known: dict[str, asyncio.Task[Resolved]] = {}

    async def resolve(self, host: str) -> Resolved:
        """``host`` as ``hosts.host_name`` gives it."""
        if address := literal(host):
            return Resolved(addresses=(address,))
        if found := self._system.hosts.get(host):
            return Resolved(addresses=found, resolver=str(HOSTS))
        if host == "localhost" or host.endswith(".localhost"):
            return Resolved(addresses=(ip_address("127.0.0.1"),), resolver="RFC 6761")
        if host not in self._known:
            self._known[host] = asyncio.create_task(self._searched(host))
        return await asyncio.shield(self._known[host])

    async def close(self) -> None:
        """Forget what is still being asked."""
        for task in self._known.values():
            task.cancel()
        await asyncio.gather(*self._known.values(), return_exceptions=True)

    async def _searched(self, host: str) -> Resolved:
        """A name of one label is looked for in the domains that the machine searches, as its own resolver would."""
        found = Resolved(fault="failed")
        names = [f"{host}.{domain}" for domain in self._system.search if domain] if "." not in host else []
        for name in [*names[:3], host]:
            found = await self._asked(name)
            if found.fault not in _ORDER:
                break
        return found

    async def _asked(self, name: str) -> Resolved:
        answers = await asyncio.gather(
            *(ask(self._servers, name, kind, timeout=self._timeout) for kind in ("A", "AAAA"))
        )
        addresses = tuple(
            address for answer in answers for text in answer.records if (address := literal(text)) is not None
        )
        if addresses:
            return Resolved(addresses=addresses, resolver=answers[0].server)
        worst = max(answers, key=_weight)
        return Resolved(fault=worst.fault, reason=worst.reason, resolver=worst.server)


def _weight(answer: Answer) -> int:
    if not answer.fault:
        return -1
    return _ORDER.index(answer.fault) if answer.fault in _ORDER else len(_ORDER)


def _hosts(path: Path) -> dict[str, tuple[Address, ...]]:
    found: dict[str, tuple[Address, ...]] = {}
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return found
    for line in lines:
        words = line.partition("#")[0].split()
        address = literal(words[0]) if words else None
        if address is not None:
            for name in words[1:]:
                found[name.lower()] = (*found.get(name.lower(), ()), address)
    return found
