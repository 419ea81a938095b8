"""What TLS did not accept, as an error of the tree."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

from homeperf_ray.kube.asked import Asked
from homeperf_ray.kube.errors import KubeError, Unreachable
from homeperf_ray.kube.secret import quoted
from homeperf_ray.kube.tls import ClientCertificate

RENEW_CERTIFICATE = "Fetch a new kubeconfig, or renew it (kubeadm certs renew admin.conf; k3s: restart the server)."

_CHECK_PORT = "Check `server` of the cluster in the kubeconfig: its scheme and its port."
_ABOUT_CERTIFICATES = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")
_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")

_EXPIRED = ("has expired", "Renew it (kubeadm certs renew, k3s certificate rotate), or correct this machine's clock.")
_TOO_EARLY = ("is not valid yet", "Compare the clocks of this machine and of the server.")
_OTHER_NAME = (
    "is for another name",
    "Use an address that is in the certificate, or set tls-server-name of the cluster in the kubeconfig.",
)
_UNKNOWN = (
    "is signed by an unknown authority",
    "Was the cluster rebuilt, or does something answer in its place? Fetch a new kubeconfig, or correct its CA.",
)
_REFUSED = ("is not accepted", "Look at it with: openssl s_client -connect HOST:PORT.")
_BY_CODE = {9: _TOO_EARLY, 10: _EXPIRED, 62: _OTHER_NAME, 64: _OTHER_NAME} | dict.fromkeys(
    (2, 7, 18, 19, 20, 21), _UNKNOWN
)
"""X509_V_ERR codes of OpenSSL."""


def tls_error(asked: Asked, error: ssl.SSLError) -> KubeError:
    """The error for a handshake that failed, or for an alert that came after it."""
    target = asked.target
    if isinstance(error, ssl.SSLCertVerificationError):
        what, hint = _BY_CODE.get(error.verify_code, _REFUSED)
        why = quoted(error.verify_message or "", limit=120)
        return Unreachable(f"{target}: the server's certificate {what} ({why})", hint)
    reason = error.reason or ""
    certificate = asked.credential.certificate
    if "ALERT" in reason and certificate is not None and (ended := expired(certificate)):
        return Unreachable(f"{target} refused the client certificate: it expired on {ended}", RENEW_CERTIFICATE)
    words = quoted(reason.replace("_", " ").lower() or "no reason given", limit=120)
    if "ALERT" in reason and any(word in reason for word in _ABOUT_CERTIFICATES):
        what = "wants a client certificate" if certificate is None else "refused the client certificate"
        hint = "Fetch a new kubeconfig for this cluster, or check client-certificate of the user."
        return Unreachable(f"{target} {what} ({words})", hint)
    if reason in _NO_TLS:
        return Unreachable(f"{target} does not speak TLS on this port", _CHECK_PORT)
    hint = "Check the TLS settings of the server and the proxies in between."
    return Unreachable(f"{target}: the TLS handshake failed ({words})", hint)


def expired(certificate: ClientCertificate) -> str:
    """The day on which the certificate expired; empty where it has not."""
    ends = certificate.not_after()
    return f"{ends:%Y-%m-%d}" if ends and ends < datetime.now(UTC) else ""
