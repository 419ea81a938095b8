"""X.509: the homelab's own authority, its server certificate, and those that its Secrets hold."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CURVE = ec.SECP256R1()

_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: a genuine server answers 401 to an expired certificate, after the handshake."""


class Authority:
    """A certificate authority whose keys come from ``rng``.

    A seeded one is for certificates that nothing trusts, such as those in the homelab's Secrets; the server's own
    authority takes ``random.SystemRandom``.
    """

    def __init__(self, name: str, rng: Random, now: datetime) -> None:
        self._rng = rng
        self._now = now
        self._key = self._new_key()
        self._name = _name(name)
        identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        self._certificate = (
            self._builder(self._name, self._key, now - timedelta(days=365), now + timedelta(days=3_650), self._name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .add_extension(identifier, critical=False)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        """The authority's certificate."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self,
        name: str,
        *,
        names: list[str],
        addresses: list[str],
        days: float,
        age: float = 1.0,
        self_signed: bool = False,
    ) -> tuple[bytes, bytes]:
        """A server certificate and its key, as PEM; it expires in ``days`` and began ``age`` days ago.

        A ``self_signed`` one has nothing to do with this authority.
        """
        key = self._new_key()
        signer, issuer = (key, _name(name)) if self_signed else (self._key, self._name)
        alternatives: list[x509.GeneralName] = [x509.DNSName(item) for item in names]
        alternatives += [x509.IPAddress(ipaddress.ip_address(item)) for item in addresses]
        begin, end = self._now - timedelta(days=age), self._now + timedelta(days=days)
        certificate = (
            self._builder(_name(name), key, begin, end, issuer)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
            .sign(signer, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM), private

    def client(self, user: str, group: str, *, days: float = 365) -> tuple[bytes, bytes]:
        """What a user of a group comes with, as PEM: a client certificate and its key; it expires in ``days``."""
        key = self._new_key()
        begin, end = self._now - timedelta(days=400), self._now + timedelta(days=days)
        certificate = (
            self._builder(_name(user, group), key, begin, end, self._name)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM), private

    def server_context(self, directory: Path, *, expired: bool = False) -> ssl.SSLContext:
        """TLS for a server on loopback, as ``context`` makes it. An ``expired`` certificate ended an hour ago."""
        certificate, key = self.issue(
            "kube-apiserver",
            names=["localhost", "kubernetes", "kubernetes.default.svc"],
            addresses=["127.0.0.1", "::1"],
            days=-1 / 24 if expired else 365,
            age=90 if expired else 1,
        )
        return self.context(directory, certificate, key)

    def context(self, directory: Path, certificate: bytes, key: bytes) -> ssl.SSLContext:
        """TLS for a server with a certificate and its key, as PEM, that takes this authority's client certificates.

        Whether one of those has expired is left to who looks at it. The key touches ``directory`` only while it is
        being read.
        """
        path = directory / "server.pem"
        path.touch(mode=0o600)
        path.write_bytes(certificate + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= _NO_CHECK_TIME
        context.load_verify_locations(cadata=self.pem.decode())
        try:
            context.load_cert_chain(path)
        finally:
            path.unlink()
        return context

    def _new_key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self._rng.getrandbits(250) + 1, _CURVE)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime, issuer: x509.Name
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(self._rng.getrandbits(120) + 1)
            .not_valid_before(begin)
            .not_valid_after(end)
        )


def _name(common: str, organization: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
