"""A CA of the server's own, and the certificates that it signs."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


class Authority:
    """Signs certificates into ``folder``; ``path`` is its own. Methods return paths of a certificate and its key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("homeperf-test-ca")
        certificate = (
            _builder(self._name, self._name, self._key.public_key(), NOW - DAY, NOW + 10 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.path = folder / "ca.crt"
        self.path.write_bytes(_pem(certificate))

    def server(self) -> tuple[Path, Path]:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return self._signed("server", _name("kube-apiserver"), ExtendedKeyUsageOID.SERVER_AUTH, names=names)

    def kubelet(self, address: str) -> tuple[Path, Path]:
        """What a kubelet at an IP address serves with."""
        names: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(address))]
        return self._signed("kubelet", _name("system:node:stubbed"), ExtendedKeyUsageOID.SERVER_AUTH, names=names)

    def client(self, user: str, group: str, *, expired: bool = False) -> tuple[Path, Path]:
        """What a user of a group comes with; an expired certificate ended an hour ago."""
        until = NOW - dt.timedelta(hours=1) if expired else NOW + DAY
        return self._signed(user, _name(user, group), ExtendedKeyUsageOID.CLIENT_AUTH, until=until)

    def _signed(
        self,
        file: str,
        name: x509.Name,
        usage: x509.ObjectIdentifier,
        *,
        until: dt.datetime = NOW + DAY,
        names: list[x509.GeneralName] | None = None,
    ) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, self._name, key.public_key(), NOW - DAY, until).add_extension(
            x509.ExtendedKeyUsage([usage]), critical=False
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        certificate, private = self._folder / f"{file}.crt", self._folder / f"{file}.key"
        certificate.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))
        write_key(private, key)
        return certificate, private


def service_account_key(path: Path) -> Path:
    """An RSA key, with which service account tokens would be signed."""
    write_key(path, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    return path


def write_key(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_secret(path, pem.decode())


def write_secret(path: Path, text: str) -> Path:
    """Write a file that was never readable by anybody else, not even for a moment."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    return path


def _name(common: str, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(parts)


def _builder(subject, issuer, key, since: dt.datetime, until: dt.datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
