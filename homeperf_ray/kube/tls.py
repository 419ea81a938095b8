"""TLS: whom to trust, what to show, and how both become an SSL context."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.secret import Secret


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate chain in PEM and its key, which stays masked."""

    chain: bytes = field(repr=False)
    key: Secret

    def not_after(self) -> datetime | None:
        """When the certificate expires, in UTC; None if it cannot be parsed."""
        from cryptography import x509

        try:
            return x509.load_pem_x509_certificate(self.chain).not_valid_after_utc
        except ValueError:
            return None

    def subject(self) -> tuple[str, tuple[str, ...]]:
        """The user and the groups that an API server takes from it: common name and organizations; empty if it cannot
        be parsed.
        """
        from cryptography import x509
        from cryptography.x509.oid import NameOID

        try:
            name = x509.load_pem_x509_certificate(self.chain).subject
        except ValueError:
            return "", ()
        users = [str(one.value) for one in name.get_attributes_for_oid(NameOID.COMMON_NAME)]
        groups = tuple(str(one.value) for one in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))
        return (users[0] if users else ""), groups


@dataclass(frozen=True)
class Trust:
    """How the server is verified: ``ca`` is PEM, empty for the system's roots; ``server_name`` replaces the host of
    the URL in the certificate's check.
    """

    ca: bytes = field(default=b"", repr=False)
    server_name: str = ""
    insecure: bool = False


def ssl_context(trust: Trust, certificate: ClientCertificate | None) -> ssl.SSLContext:
    """An SSL context. Raises ConfigError where PEM data cannot be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Go takes any certificate in the CA file as a root, and cluster CAs seldom satisfy RFC 5280 to the letter.
    context.verify_flags = (context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN) & ~ssl.VERIFY_X509_STRICT
    if trust.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif trust.ca:
        try:
            context.load_verify_locations(cadata=trust.ca.decode("ascii", "replace"))
        except (ssl.SSLError, ValueError):
            raise ConfigError(
                "the cluster's certificate authority is not a PEM certificate",
                "Correct certificate-authority or certificate-authority-data of the cluster in the kubeconfig.",
            ) from None
    else:
        context.load_default_certs()
    if certificate is not None:
        _load(context, certificate)
    return context


def _load(context: ssl.SSLContext, certificate: ClientCertificate) -> None:
    def no_password() -> str:
        raise ValueError

    try:
        with _as_file(certificate.chain + b"\n" + certificate.key.reveal().encode()) as path:
            context.load_cert_chain(path, password=no_password)
    except (ssl.SSLError, ValueError):
        raise ConfigError(
            "the client certificate and its key do not fit together, are not PEM, or the key is encrypted",
            "Correct client-certificate(-data) and client-key(-data) of the user in the kubeconfig.",
        ) from None


@contextlib.contextmanager
def _as_file(content: bytes) -> Iterator[str]:
    """The content under a file name, since OpenSSL is given names: in memory where the system can."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("homeperf", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.NamedTemporaryFile(prefix="homeperf-") as file:
            file.write(content)
            file.flush()
            yield file.name
