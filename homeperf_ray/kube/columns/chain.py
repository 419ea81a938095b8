"""What a Secret's tls.crt tells everybody who connects: names, dates, and whether the chain holds together.

Nothing of the text itself is kept, and no error quotes it.
"""

from __future__ import annotations

import binascii
import warnings
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from cryptography import x509

MAX_CERTIFICATES = 20
"""So many of a bundle are looked at: a chain has two to four."""

MAX_NAMES = 200
"""So many names of a certificate are kept."""


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """The first certificate of a bundle, and what the others do for it. Times are RFC 3339.

    ``unreadable`` says why there is no certificate at all; all else is empty then. ``names`` are its DNS names and
    addresses. ``broken`` says why a client cannot follow the chain, ``issuer_not_after`` when the certificate that
    signed the first one expires, if it is there. ``alone`` marks one that names where its issuer's certificate is to
    be had and does not bring it along, as public authorities' do.
    """

    unreadable: str = ""
    not_before: str | None = None
    not_after: str | None = None
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    fingerprint: str = ""
    certificates: int = 0
    self_signed: bool = False
    alone: bool = False
    broken: str = ""
    issuer_not_after: str | None = None


def chain_of(encoded: str | None) -> Chain:
    """The chain in a base64-encoded PEM bundle. Never raises: whatever is wrong with it is part of the answer."""
    if not encoded:
        return Chain(unreadable="it has no tls.crt")
    try:
        text = binascii.a2b_base64(encoded, strict_mode=True)
    except ValueError:
        return Chain(unreadable="its tls.crt is not base64")
    from cryptography import x509

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = x509.load_pem_x509_certificates(text)
            return _described(found[:MAX_CERTIFICATES], len(found))
        except Exception:  # noqa: BLE001  hostile DER fails in many ways, and none of them may quote it
            return Chain(unreadable="its tls.crt is no certificate")


def _described(found: Sequence[x509.Certificate], count: int) -> Chain:
    from cryptography.hazmat.primitives import hashes

    leaf, *others = found
    issuer = next((other for other in others if _signed(leaf, other)), None)
    self_signed = leaf.issuer == leaf.subject and _signed(leaf, leaf)
    return Chain(
        not_before=_text(leaf.not_valid_before_utc),
        not_after=_text(leaf.not_valid_after_utc),
        subject=_common_name(leaf.subject),
        issuer=_common_name(leaf.issuer),
        names=_names(leaf),
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        certificates=count,
        self_signed=self_signed,
        alone=not others and not self_signed and _names_its_issuer(leaf),
        broken=_break(leaf, others, issuer, self_signed=self_signed),
        issuer_not_after=_text(issuer.not_valid_after_utc) if issuer else None,
    )


def _break(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    issuer: x509.Certificate | None,
    *,
    self_signed: bool,
) -> str:
    if any(_signed(other, leaf) for other in others):
        return "the server's own certificate is not the first one of its chain"
    if others and issuer is None and not self_signed:
        return "no certificate of its chain has signed the first one"
    return ""


def _signed(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _common_name(name: x509.Name) -> str:
    """The common name, or the whole name of one that has none."""
    from cryptography.x509.oid import NameOID

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = map(str, held.get_values_for_type(x509.IPAddress))
    return (*held.get_values_for_type(x509.DNSName), *addresses)[:MAX_NAMES]


def _names_its_issuer(certificate: x509.Certificate) -> bool:
    from cryptography import x509
    from cryptography.x509.oid import AuthorityInformationAccessOID

    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return False
    return any(item.access_method == AuthorityInformationAccessOID.CA_ISSUERS for item in access)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
