"""A probe is a value: what to ask whom. It is built without I/O, and means the same from every vantage."""

from __future__ import annotations

import msgspec

from homeperf_ray.kube.secret import quoted

INSIDE = "inside"
"""The resolver of the cluster."""

OUTSIDE = ""
"""The resolver of the workstation, or the one that the configuration names."""


class DnsProbe(msgspec.Struct, frozen=True, tag_field="probe", tag="dns"):
    """The records of one type. ``resolver`` is OUTSIDE, INSIDE or ``ADDRESS[:PORT]``.

    ``expect`` holds the records in their text form (RFC 1035), in any order; without it any record is right.
    """

    name: str
    type: str = "A"
    resolver: str = OUTSIDE
    expect: tuple[str, ...] = ()

    @property
    def protocol(self) -> str:
        return "dns"

    def __str__(self) -> str:
        where = f"@{self.resolver}" if self.resolver else ""
        return f"dns:{quoted(self.name, limit=260)}/{self.type}{where}"


class TcpProbe(msgspec.Struct, frozen=True, tag_field="probe", tag="tcp"):
    """A TCP connection to a host or an address. ``trusted`` says that it may be any address: the user's own word."""

    host: str
    port: int
    trusted: bool = False

    @property
    def protocol(self) -> str:
        return "tcp"

    def __str__(self) -> str:
        return f"tcp://{_bracketed(self.host)}:{self.port}"


class TlsProbe(msgspec.Struct, frozen=True, tag_field="probe", tag="tls"):
    """A TLS handshake. ``names`` are what the certificate must be for, beside ``server_name``.

    ``server_name`` is sent as SNI and takes the place of the host; ``ca`` is PEM and takes the place of every other
    authority; ``verify`` False asks for no trust, as a kubeconfig may.
    """

    host: str
    port: int = 443
    server_name: str = ""
    names: tuple[str, ...] = ()
    ca: str = ""
    verify: bool = True
    trusted: bool = False

    @property
    def protocol(self) -> str:
        return "tls"

    def __str__(self) -> str:
        return f"tls://{_bracketed(self.host)}:{self.port}" + (f"#{self.server_name}" if self.server_name else "")


class HttpProbe(msgspec.Struct, frozen=True, tag_field="probe", tag="http", repr_omit_defaults=True):
    """One GET, whose redirects are reported and not followed.

    ``status`` holds the right ones; without it everything is right that is no error of a server (below 500). ``query``
    may hold what nobody should see: it is sent and never shown.
    """

    host: str
    port: int
    path: str = "/"
    tls: bool = True
    query: str = ""
    status: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    trusted: bool = False

    @property
    def protocol(self) -> str:
        return "https" if self.tls else "http"

    @property
    def origin(self) -> str:
        """Scheme, host and port; the port where it is not the scheme's own."""
        port = "" if self.port == (443 if self.tls else 80) else f":{self.port}"
        return f"{self.protocol}://{_bracketed(self.host)}{port}"

    def __str__(self) -> str:
        return f"{self.origin}{self.path}" + ("?..." if self.query else "")

    def __repr__(self) -> str:
        return f"HttpProbe({self})"


Probe = DnsProbe | TcpProbe | TlsProbe | HttpProbe


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A probe, and the object because of which it is done: ``Kind/name`` in its namespace."""

    probe: Probe
    object: str
    namespace: str = ""


def _bracketed(host: str) -> str:
    """The host as it stands in a URL, fit to be shown."""
    shown = quoted(host, limit=260)
    return f"[{shown}]" if ":" in host else shown
