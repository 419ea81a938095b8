"""The certificate and the token of a Gateway that workstations reach."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
import os
import secrets
import socket
import ssl
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.secret import Secret

if TYPE_CHECKING:
    from cryptography import x509

VALID_DAYS = 3650
"""Of a certificate that is made here. Workstations pin it, so its end protects nobody."""

MAX_TOKEN = 512
"""Characters."""

SHORTEST = 32
"""Characters of a token that nobody can guess."""


@dataclass(frozen=True)
class GatewayCredentials:
    """Three files in one folder, named as in a Secret of type ``kubernetes.io/tls`` with a token beside."""

    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "tls.crt"

    @property
    def key(self) -> Path:
        return self.folder / "tls.key"

    @property
    def token(self) -> Path:
        return self.folder / "token"

    def make(self, names: Iterable[str]) -> bool:
        """Make what is missing, for these host names and addresses; whether anything was.

        Raises ConfigError where the folder cannot be written, or holds one of certificate and key without the other.
        """
        made = False
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.certificate.exists() != self.key.exists():
                raise ConfigError(
                    f"{self.folder} holds only one of tls.crt and tls.key",
                    "Put the other one beside it, or remove both to have a certificate made.",
                )
            if not self.certificate.exists():
                certificate, key = _self_signed(tuple(dict.fromkeys(names)))
                write_private(self.key, key)
                write_private(self.certificate, certificate)
                made = True
            if not self.token.exists():
                write_private(self.token, secrets.token_hex(32).encode() + b"\n")
                made = True
        except OSError as error:
            raise ConfigError(
                f"{error.filename or self.folder} cannot be written: {error.strerror}",
                "Name another folder with --credentials.",
            ) from None
        return made

    def server_context(self) -> ssl.SSLContext:
        """TLS 1.3 and nothing older. Raises ConfigError where certificate and key cannot be used."""
        if problem := shown_to_others(self.key):
            raise ConfigError(problem, f"chmod 600 {self.key}")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        try:
            context.load_cert_chain(self.certificate, self.key, password=_no_password)
        except (OSError, ValueError):
            raise ConfigError(
                f"{self.certificate} and {self.key} are not a certificate in PEM and its key without a password",
                "Correct them, or remove both to have a certificate made.",
            ) from None
        return context

    def fingerprint(self) -> str:
        """SHA-256 of the first certificate, in hex. Raises ConfigError."""
        try:
            pem = self.certificate.read_text("ascii")
            begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
            first = pem[pem.index(begin) : pem.index(end) + len(end)]
            return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first)).hexdigest()
        except (OSError, ValueError):
            raise ConfigError(f"{self.certificate} is not a certificate in PEM", "Correct the file.") from None

    def admits(self, shown: str) -> bool:
        """Whether that is the token. The file is read each time, so that a new token counts at once."""
        try:
            token = read_token(self.token)
        except ConfigError:
            return False
        return hmac.compare_digest(_digest(shown), _digest(token.reveal()))


def read_token(path: Path) -> Secret:
    """The token in a file that is its owner's alone. Raises ConfigError, which shows nothing of it."""
    if problem := shown_to_others(path):
        raise ConfigError(problem, f"chmod 600 {path}")
    try:
        text = path.read_text("ascii").strip()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "It holds the Gateway's token.") from None
    except UnicodeDecodeError:
        text = ""
    return token_of(text, str(path))


def token_of(text: str, where: str) -> Secret:
    """A text that can be a token. Raises ConfigError, which says where it came from and shows nothing of it."""
    if not SHORTEST <= len(text) <= MAX_TOKEN or not text.isascii() or not text.isprintable():
        raise ConfigError(
            f"{where} holds no token of a Gateway: that is {SHORTEST} to {MAX_TOKEN} printable characters",
            "homeperf serve makes one; copy its file as it is.",
        )
    return Secret(text)


def shown_to_others(path: Path) -> str:
    """Why a file is no place for a secret; empty where it is one, or where there is no file.

    A file of root's that a group may read is one: so a kubelet mounts Secrets into a pod with an fsGroup.
    """
    try:
        found = path.stat()
    except OSError:
        return ""
    mode = stat.S_IMODE(found.st_mode)
    mounted = found.st_uid == 0 and os.getuid() != 0
    if mode & (0o007 if mounted else 0o077):
        return f"others may read {path} (mode {mode:04o})"
    return ""


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, from its first moment on; whole or not at all."""
    unfinished = path.with_name(f".{path.name}")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    unfinished.replace(path)


def own_names() -> tuple[str, ...]:
    """What this host is called."""
    return tuple(name for name in dict.fromkeys((socket.gethostname(), socket.getfqdn(), "localhost")) if name)


def _digest(text: str) -> bytes:
    """Texts of one length, so that comparing them tells nothing of the length either."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _no_password() -> str:
    raise ValueError


def _self_signed(names: tuple[str, ...]) -> tuple[bytes, bytes]:
    """A certificate for these names and its key, both in PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "homeperf gateway")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    unencrypted = serialization.NoEncryption()
    return certificate.public_bytes(pem), key.private_bytes(pem, serialization.PrivateFormat.PKCS8, unencrypted)


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return x509.DNSName(name)
    except ValueError:
        raise ConfigError(f"{name!r} is neither a host name nor an address", "Correct --name.") from None
