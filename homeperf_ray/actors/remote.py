"""The way from a workstation to the Gateway of a cluster: TLS 1.3, a token, and nothing else that is secret."""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from homeperf_ray.actors.client import LONG_PATIENCE, Client
from homeperf_ray.actors.credentials import read_token, token_of
from homeperf_ray.actors.protocol import VERSION, Login, frame
from homeperf_ray.kube.errors import ConfigError, Unreachable
from homeperf_ray.kube.keep_alive import keep_alive
from homeperf_ray.kube.secret import Secret

if TYPE_CHECKING:
    import ssl

TOKEN = "HOMEPERF_GATEWAY_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable that holds the token itself."""


@dataclass(frozen=True)
class Endpoint:
    """One Gateway. ``address`` is HOST:PORT, or [HOST]:PORT for IPv6.

    It is verified by ``fingerprint`` (SHA-256 of its certificate in hex) where there is one, else by ``ca`` (a file in
    PEM), else by the system's roots.
    """

    address: str
    token: Secret
    ca: str = ""
    fingerprint: str = ""

    @classmethod
    def of(
        cls, address: str, token_file: str, ca: str, fingerprint: str, default: Path, environ: Mapping[str, str]
    ) -> Endpoint:
        """With the token of the environment, else of ``token_file``, else of ``default``. Raises ConfigError."""
        if text := environ.get(TOKEN, ""):
            token = token_of(text, TOKEN)
        else:
            token = read_token(Path(token_file) if token_file else default)
        return cls(address, token, ca, fingerprint)

    def connect(self, patience: float = LONG_PATIENCE) -> Client:
        """A client that the Gateway has let in. The token is sent to nobody but a server that was verified.

        Raises ConfigError and Unreachable.
        """
        context = self._context()
        host, _, port = self.address.rpartition(":")
        host = host.strip("[]")
        try:
            plain = socket.create_connection((host, int(port)), timeout=patience)
            # A host that lost its power is noticed after 11 seconds, not only at the end of the job's time.
            keep_alive(plain, idle=5, interval=2, count=3)
        except OSError as error:
            raise self._unreachable(error.strerror or str(error)) from None
        try:
            secured = context.wrap_socket(plain, server_hostname=host)
        except OSError as error:
            plain.close()
            raise self._refused(error) from None
        secured.settimeout(patience)
        client = Client(secured)
        try:
            self._pinned(secured)
            secured.sendall(frame(Login(self.token.reveal())))
            welcome = client.hello(patience)
        except OSError as error:
            client.close()
            raise self._unreachable(error.strerror or str(error)) from None
        except BaseException:
            client.close()
            raise
        if welcome.version != VERSION:
            client.close()
            raise Unreachable(
                f"the runtime at {self.address} is of version {welcome.version}, not {VERSION}",
                "Install one version of homeperf on this machine and in the cluster.",
            )
        return client

    def _context(self) -> ssl.SSLContext:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        if self.fingerprint:
            # The certificate itself is compared, before anything is sent.
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self.ca:
            try:
                context.load_verify_locations(self.ca)
            except (OSError, ValueError) as error:
                raise ConfigError(
                    f"{self.ca} is not a file of certificates in PEM: {getattr(error, 'strerror', '') or 'no PEM'}",
                    "Correct gateway-ca.",
                ) from None
        else:
            context.load_default_certs()
        return context

    def _pinned(self, connection: ssl.SSLSocket) -> None:
        if not self.fingerprint:
            return
        shown = hashlib.sha256(connection.getpeercert(binary_form=True) or b"").hexdigest()
        if not hmac.compare_digest(shown, self.fingerprint):
            raise Unreachable(
                f"the certificate of {self.address} is not the one that gateway-fingerprint names; nothing was sent",
                "Ask the cluster's operator which is right: homeperf serve prints it.",
            )

    def _refused(self, error: OSError) -> Unreachable:
        import ssl

        if isinstance(error, ssl.SSLCertVerificationError):
            return Unreachable(
                f"the certificate of {self.address} is not trusted: {error.verify_message}; nothing was sent",
                "Name its fingerprint (gateway-fingerprint) or its authority (gateway-ca); homeperf serve prints both.",
            )
        reason = "it did not answer in time" if isinstance(error, TimeoutError) else "it does not speak TLS 1.3"
        return self._unreachable(reason)

    def _unreachable(self, reason: str) -> Unreachable:
        return Unreachable(
            f"the runtime at {self.address} cannot be reached: {reason}",
            "See there whether it runs, or run without it: --runner local",
        )


def default_token(environ: Mapping[str, str] = os.environ) -> Path:
    """``homeperf/gateway.token`` in the XDG configuration folder."""
    named = environ.get("XDG_CONFIG_HOME", "")
    root = Path(named) if Path(named).is_absolute() else Path.home() / ".config"
    return root / "homeperf" / "gateway.token"
