"""Codes about certificates: of cert-manager, of TLS Secrets, and of those who use them."""

from __future__ import annotations

from homeperf_ray.checks.finding import Code

_CERTIFICATE = "cmctl -n {namespace} status certificate {name}"
_WHICH = "kubectl -n {namespace} describe {kind} {name}"
_OPENSSL = (
    "kubectl -n {namespace} get secret {name} -o go-template='{{index .data \"tls.crt\" | base64decode}}'"
    " | openssl x509 -noout -subject -issuer -dates -ext subjectAltName"
)

NOT_ISSUED = Code(
    "HP451",
    "cert-manager has not issued a certificate",
    "critical",
    _CERTIFICATE,
    ("certificate_grace",),
    ("events",),
)
ENDING = Code(
    "HP452",
    "a certificate is not valid, or is about to expire",
    "critical",
    _WHICH,
    ("certificate_critical",),
    ("events",),
)
ENDING_SOON = Code(
    "HP453", "a certificate expires soon", "warning", _WHICH, ("certificate_warning", "certificate_grace"), ("events",)
)
NOT_RENEWED = Code(
    "HP454",
    "cert-manager does not renew a certificate",
    "warning",
    _CERTIFICATE,
    ("certificate_grace",),
    ("events",),
)
UNUSABLE = Code("HP455", "a TLS Secret that is used cannot be", "critical", _OPENSSL)
UNTRUSTED = Code("HP456", "a certificate is not trusted everywhere", "warning", _OPENSSL)
OTHER_NAMES = Code("HP457", "a certificate is for other names", "warning", _WHICH)
NO_SECRET = Code("HP458", "a TLS Secret is not there", "warning", _WHICH, ("address_grace",))
UNUSED = Code("HP459", "a TLS Secret that nobody uses is out of date", "warning", _OPENSSL, ("certificate_critical",))
