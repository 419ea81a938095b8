"""The key ``probes``: from where names are looked up, what may be connected to, and targets by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from homeperf_ray.config.duration import written
from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.kinds import Span, Whole
from homeperf_ray.config.node import HINT, Field, Section
from homeperf_ray.config.value import Value
from homeperf_ray.probes.probe import DnsProbe, HttpProbe, Probe, Target, TcpProbe, TlsProbe

_TARGETS = {
    "url": ("status", "names"),
    "tcp": (),
    "tls": ("names",),
    "dns": ("type", "expect", "resolver"),
}
"""What a target may be, and the keys that each may have beside it."""

_TYPE = re.compile(r"[A-Z0-9]{1,10}")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")

OPTIONS = ("resolver", "cluster-resolver", "cluster-domain", "allow", "ca", "http-port", "https-port", "timeout")


class Probes(msgspec.Struct, frozen=True):
    """What one layer says, or what holds: options by name, and targets in the order of the files."""

    options: Mapping[str, Value[Any]] = {}
    targets: tuple[Value[Target], ...] = ()

    def over(self, farther: Probes) -> Probes:
        """This layer laid over one that is farther away; targets are added."""
        return Probes(dict(farther.options) | dict(self.options), farther.targets + self.targets)

    def get(self, name: str, default: Any) -> Any:
        """What an option holds."""
        return self.options[name].value if name in self.options else default


def probes(field: Field, origin: Callable[[str], str], folder: Path) -> Probes:
    """What stands at the key. Paths are relative to ``folder``. Raises ConfigurationError."""
    section = field.section()
    section.only((*OPTIONS, "targets"), "a key of probes")
    options = {
        name: Value(_option(each, folder), origin(each.where))
        for name, each in section.fields.items()
        if name in OPTIONS
    }
    written = section.fields["targets"].sections() if "targets" in section.fields else ()
    return Probes(options, tuple(Value(_target(each), origin(each.where)) for each in written))


def written_target(target: Target) -> dict[str, Any]:
    """A target as a file says it."""
    probe = target.probe
    if isinstance(probe, HttpProbe):
        query = f"?{probe.query}" if probe.query else ""
        found: dict[str, Any] = {"url": f"{probe.origin}{probe.path}{query}", "status": list(probe.status)}
        found["names"] = list(probe.names)
    elif isinstance(probe, TcpProbe):
        found = {"tcp": str(probe).removeprefix("tcp://")}
    elif isinstance(probe, TlsProbe):
        found = {"tls": str(probe).removeprefix("tls://"), "names": list(probe.names)}
    else:
        found = {"dns": probe.name, "type": probe.type, "expect": list(probe.expect), "resolver": probe.resolver}
    return {name: value for name, value in found.items() if value}


def written_option(name: str, value: Any) -> Any:
    """An option as a file says it."""
    if name == "timeout":
        return written(value)
    return list(value) if isinstance(value, tuple) else value


def _option(field: Field, folder: Path) -> Any:
    from homeperf_ray.probes.addresses import Policy

    try:
        if field.name in ("resolver", "allow"):
            listed = field.texts()
            texts = (field.text(),) if listed is None else listed
            if field.name == "resolver":
                return tuple(_server(text) for text in texts)
            Policy(texts)
            return texts
        text = field.text()
        if field.name == "ca":
            return str(folder / Path(text).expanduser())
        if field.name == "cluster-resolver":
            return _server(text)
        if field.name == "cluster-domain":
            return _domain(text)
        return Span(positive=True).read(text) if field.name == "timeout" else Whole(1, 65_535).read(text)
    except (ValueError, RuntimeError) as error:
        raise field.wrong(_reason(field, error)) from None


def _reason(field: Field, error: Exception) -> str:
    if field.name == "allow":
        from homeperf_ray.probes.addresses import SPECIALS

        return f"must hold networks such as 169.254.1.0/24, or kinds: {', '.join(SPECIALS)}"
    return str(error)


def _server(text: str) -> str:
    from homeperf_ray.probes.asking import server_at

    return str(server_at(text))


def _domain(text: str) -> str:
    if not _DOMAIN.fullmatch(text):
        raise ValueError(f"{text!r} is not a domain; write cluster.local")
    return text


def _target(section: Section) -> Target:
    kinds = [name for name in _TARGETS if name in section.fields]
    if len(kinds) != 1:
        raise ConfigurationError(f"{section.where}: a target is one of {', '.join(_TARGETS)}", HINT)
    (kind,) = kinds
    section.only((kind, *_TARGETS[kind]), f"a key of a target that is {kind}")
    field = section.fields[kind]
    try:
        probe = _probe(kind, field, section)
    except ValueError as error:
        raise field.wrong(str(error)) from None
    return Target(probe=probe, object=f"Probe/{probe}")


def _probe(kind: str, field: Field, section: Section) -> Probe:
    from homeperf_ray.probes.hosts import host_name, http_probe

    names = tuple(host_name(name) for name in _texts(section, "names"))
    if kind == "url":
        found = http_probe(field.text(), status=_statuses(section))
        return msgspec.structs.replace(found, names=names, trusted=_own(found.host))
    if kind == "dns":
        resolver = section.fields["resolver"].text() if "resolver" in section.fields else ""
        record = section.fields["type"].text().upper() if "type" in section.fields else "A"
        if not _TYPE.fullmatch(record):
            raise section.fields["type"].wrong(f"{record!r} is no type of DNS records; write A, AAAA, MX or TXT")
        where = resolver if resolver in ("", "inside") else _server(resolver)
        return DnsProbe(host_name(field.text()), record, where, _texts(section, "expect"))
    host, port = _place(field.text(), 443 if kind == "tls" else 0)
    if kind == "tcp":
        return TcpProbe(host, port, trusted=_own(host))
    return TlsProbe(host, port, names=names, trusted=_own(host))


def _own(host: str) -> bool:
    """Whether an address was written out, and so allowed; where a name leads is for its DNS server to say."""
    from homeperf_ray.probes.addresses import literal

    return host == "localhost" or literal(host) is not None


def _place(text: str, default: int) -> tuple[str, int]:
    from homeperf_ray.probes.hosts import host_name, port_number

    host, colon, port = text.rpartition(":")
    if not colon or (text.startswith("[") and text.endswith("]")):
        host, port = text, ""
    if port and not (port.isascii() and port.isdigit() and len(port) < 6):
        raise ValueError(f"{text!r} is no target; write HOST:PORT")
    if not port and not default:
        raise ValueError(f"{text!r} has no port; write HOST:PORT")
    return host_name(host), port_number(int(port) if port else default)


def _texts(section: Section, name: str) -> tuple[str, ...]:
    if name not in section.fields:
        return ()
    listed = section.fields[name].texts()
    return (section.fields[name].text(),) if listed is None else listed


def _statuses(section: Section) -> tuple[int, ...]:
    try:
        return tuple(Whole(100, 599).read(text) for text in _texts(section, "status"))
    except ValueError as error:
        raise section.fields["status"].wrong(str(error)) from None
