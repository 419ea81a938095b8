"""What a certificate says, and whether it is for a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from homeperf_ray.kube.secret import quoted
from homeperf_ray.probes.addresses import literal
from homeperf_ray.probes.outcome import Certificate, Trust

if TYPE_CHECKING:
    from cryptography import x509

MOST_NAMES = 100

_TRUST: dict[int, Trust] = {
    9: "expired",
    10: "expired",
    18: "self_signed",
    19: "unknown_authority",
    20: "unknown_authority",
    21: "unknown_authority",
    2: "unknown_authority",
    27: "unknown_authority",
}
"""X509_V_ERR codes of OpenSSL; what is missing here is ``unfit``."""


def certificate(chain: Sequence[bytes], *, wanted: Sequence[str], code: int, reason: str) -> Certificate:
    """Read a chain in DER, the server's own certificate first. ``code`` is OpenSSL's verdict, 0 for a trusted one.

    Raises ValueError for a certificate that cannot be read.
    """
    from cryptography import x509

    own, *others = (x509.load_der_x509_certificate(one) for one in chain)
    names = names_of(own)
    trust: Trust = _TRUST.get(code, "unfit") if code else ""
    if trust == "unknown_authority" and len(chain) == 1 and own.issuer != own.subject:
        trust = "incomplete"
    return Certificate(
        subject=quoted(own.subject.rfc4514_string(), limit=200),
        issuer=quoted(own.issuer.rfc4514_string(), limit=200),
        names=tuple(quoted(name, limit=260) for name in names[:MOST_NAMES]),
        mismatched=tuple(dict.fromkeys(name for name in wanted if not is_for(name, names))),
        not_before=own.not_valid_before_utc.timestamp(),
        not_after=own.not_valid_after_utc.timestamp(),
        chain=len(chain),
        chain_ends=min((one.not_valid_after_utc.timestamp() for one in others), default=0.0),
        trust=trust,
        reason=quoted(reason, limit=120) if code else "",
    )


def names_of(own: x509.Certificate) -> list[str]:
    """The subject alternative names: DNS names in lower case, and addresses. The common name counts for nothing
    (RFC 9525).
    """
    from cryptography import x509

    try:
        found = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    names = [name.lower() for name in found.get_values_for_type(x509.DNSName)]
    return names + [str(address) for address in found.get_values_for_type(x509.IPAddress)]


def is_for(host: str, names: Sequence[str]) -> bool:
    """Whether one of ``names`` is ``host``: an address exactly, a name label by label.

    A wildcard is the whole first label, stands for exactly one label, and needs two more behind it (RFC 9525, 6.3, and
    as browsers do).
    """
    if address := literal(host):
        return any(literal(name) == address for name in names)
    return any(_matches(host.lower().rstrip("."), name.rstrip(".")) for name in names)


def _matches(host: str, name: str) -> bool:
    if "*" not in name:
        return bool(name) and host == name
    first, _, parent = name.partition(".")
    label, _, rest = host.partition(".")
    return first == "*" and "*" not in parent and parent.count(".") >= 1 and bool(label) and rest == parent
