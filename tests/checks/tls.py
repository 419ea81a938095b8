"""Real certificates for tests, made once: keys cost time."""

from __future__ import annotations

import base64
from datetime import timedelta
from functools import cache
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from homeperf_ray.sim.certificates import Authority
from tests.checks.judging import NOW, Object, meta

PRIVATE = "-----BEGIN PRIVATE KEY----- hunter2"


@cache
def authority(name: str = "ca") -> Authority:
    return Authority(name, Random(name), NOW)


@cache
def issued(
    *names: str, left: float = 60.0, life: float = 365.0, addresses: tuple[str, ...] = (), self_signed: bool = False
) -> bytes:
    """A certificate of the first authority, as PEM."""
    return authority().issue(
        names[0] if names else "nameless",
        names=list(names),
        addresses=list(addresses),
        days=left,
        age=life - left,
        self_signed=self_signed,
    )[0]


def secret(name: str = "web-tls", *parts: bytes, namespace: str = "media", managed: bool = False, **more) -> Object:
    """A TLS Secret of these PEM parts, or of a good chain."""
    bundle = b"".join(parts) or issued("web.home.arpa", **more) + authority().pem
    annotations = {"cert-manager.io/certificate-name": name} if managed else {}
    data = {"tls.crt": base64.b64encode(bundle).decode(), "tls.key": base64.b64encode(PRIVATE.encode()).decode()}
    return {"metadata": meta(name, namespace, annotations=annotations), "type": "kubernetes.io/tls", "data": data}


def public_leaf(host: str) -> bytes:
    """A certificate as public authorities make them: it says where its issuer's certificate is to be had."""
    key = ec.derive_private_key(17, ec.SECP256R1())
    url = x509.UniformResourceIdentifier("http://r11.i.example.org/")
    access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, url)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "R11")]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=60))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)
