"""What an error of the network means: a fault, and the words for it."""

from __future__ import annotations

import errno
import os
import ssl
from collections.abc import Mapping

from homeperf_ray.kube.secret import quoted
from homeperf_ray.probes.outcome import Fault, Stage

_ERRNO: Mapping[int, Fault] = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "timeout",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.EHOSTDOWN: "unreachable",
    errno.ENETDOWN: "unreachable",
    errno.EADDRNOTAVAIL: "unreachable",
    errno.EACCES: "unreachable",
    errno.EPERM: "unreachable",
    errno.EINVAL: "unreachable",
}
"""The kernel says EACCES and EPERM of what a firewall of this machine keeps in, EINVAL of some odd addresses."""

_TLS: tuple[tuple[tuple[str, ...], Fault, str], ...] = (
    (("CERTIFICATE_REQUIRED",), "client_certificate", "it wants a client certificate"),
    (
        ("UNSUPPORTED_PROTOCOL", "ALERT_PROTOCOL_VERSION", "NO_PROTOCOLS_AVAILABLE", "VERSION_TOO_LOW"),
        "tls_version",
        "it speaks no version of TLS from 1.2 on",
    ),
    (("UNEXPECTED_EOF_WHILE_READING",), "closed", "the connection ended"),
    (("ALERT",), "tls_alert", ""),
)
"""Parts of OpenSSL's reasons, the first of which counts; without words OpenSSL's own are shown."""

_NO_TLS = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
    "UNKNOWN_PROTOCOL",
    "UNEXPECTED_MESSAGE",
)
"""What OpenSSL says of a first answer that is no TLS."""


def fault_of(error: OSError | ValueError, stage: Stage) -> tuple[Fault, str]:
    """The fault and a reason of a few words, fit to be shown."""
    if isinstance(error, ssl.SSLError):
        return _tls_fault(error, stage)
    number = getattr(error, "errno", None) or 0
    if number in _ERRNO:
        return _ERRNO[number], os.strerror(number).lower()
    if isinstance(error, ConnectionRefusedError):
        return "refused", "connection refused"
    if isinstance(error, ConnectionError):
        return "closed", "the connection ended"
    if isinstance(error, OSError):
        return "unreachable", quoted(error.strerror or str(error), limit=120)
    return "failed", type(error).__name__


def _tls_fault(error: ssl.SSLError, stage: Stage) -> tuple[Fault, str]:
    reason = (error.reason or "").upper()
    words = quoted(reason.replace("_", " ").lower(), limit=80) or "TLS failed"
    for parts, fault, said in _TLS:
        if any(part in reason for part in parts):
            return fault, said or words
    if stage == "tls" and any(part in reason for part in _NO_TLS):
        return "no_tls", "what listens there does not speak TLS"
    return "malformed", words
