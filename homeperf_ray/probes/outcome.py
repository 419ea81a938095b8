"""What became of a probe: a value, whatever happened."""

from __future__ import annotations

from typing import Literal

import msgspec

Stage = Literal["", "dns", "address", "connect", "tls", "first_byte", "transfer"]
"""What was being done when a probe ended early."""

Fault = Literal[
    "",
    "bad_target",
    "not_probed",
    "timeout",
    "refused",
    "unreachable",
    "reset",
    "closed",
    "malformed",
    "truncated",
    "oversized",
    "nxdomain",
    "no_data",
    "servfail",
    "rcode",
    "cname_loop",
    "address_refused",
    "no_tls",
    "tls_version",
    "tls_alert",
    "client_certificate",
    "failed",
]
"""Why a probe ended early; empty where it did not.

- ``bad_target``: nobody can be asked that: no host name, a port out of range.
- ``not_probed``: the time for all probes was over before its turn, or nobody at this vantage can be asked.
- ``timeout``, ``refused``, ``unreachable``, ``reset``, ``closed`` (before an answer), ``malformed`` (an answer that is
  none), ``truncated`` (half an answer), ``oversized`` (a head that does not end): at the stage.
- ``nxdomain``, ``no_data`` (the name is there, and has no such record), ``servfail``, ``rcode`` (any other, REFUSED
  is ``refused``), ``cname_loop``: what a DNS server says.
- ``address_refused``: every address is one that nothing in a cluster should lead to.
- ``no_tls``, ``tls_version``, ``tls_alert``, ``client_certificate`` (it wants one): of a handshake.
- ``failed``: anything else, with the error's name.
"""

Trust = Literal["", "self_signed", "unknown_authority", "incomplete", "expired", "unfit", "unverified"]
"""Why OpenSSL does not trust a chain; empty where it does.

``incomplete`` is a chain of one whose issuer is not known here; ``expired`` counts for any certificate of the chain.
``unverified`` was not asked for.
"""


class Phases(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of each phase, 0 for one that did not happen. ``total`` is the time from the first to the last of them.

    ``connect`` is the TCP handshake alone, ``first_byte`` the time from the request to the first byte of its answer.
    """

    dns: float = 0.0
    connect: float = 0.0
    tls: float = 0.0
    first_byte: float = 0.0
    transfer: float = 0.0
    total: float = 0.0


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What a server showed: its own certificate, and how far the chain is trusted from here.

    Times are Unix seconds. ``names`` are the subject alternative names, DNS names and addresses; ``mismatched`` holds
    what was asked for and is not among them. ``chain`` counts the certificates that were sent. ``chain_ends`` is the
    earliest end of the others.
    """

    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    mismatched: tuple[str, ...] = ()
    not_before: float = 0.0
    not_after: float = 0.0
    chain: int = 0
    chain_ends: float = 0.0
    trust: Trust = ""
    reason: str = ""
    """OpenSSL's own words for ``trust``."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One probe as it went from one vantage. ``started`` is Unix time; ``target`` is the probe as text.

    ``fault`` says why it ended early, at which ``stage``; ``reason`` is that in a few words, escaped. ``addresses``
    are what the name led to, ``refused`` those of them that nothing connects to, ``address`` the one connected to.
    ``records`` are what a DNS probe got, ``resolver`` whom it asked, ``rcode`` what that said. ``location`` is where
    a redirect leads, without credentials. ``bytes`` counts what was read of a body, which may be a part.
    """

    target: str
    protocol: str
    vantage: str
    started: float = 0.0
    fault: Fault = ""
    stage: Stage = ""
    reason: str = ""
    addresses: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    address: str = ""
    resolver: str = ""
    rcode: str = ""
    records: tuple[str, ...] = ()
    over_tcp: bool = False
    status: int = 0
    location: str = ""
    tls_version: str = ""
    certificate: Certificate | None = None
    bytes: int = 0
    phases: Phases = Phases()

    @property
    def well(self) -> bool:
        """Whether it went to its end."""
        return not self.fault
