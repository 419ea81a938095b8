"""Codes about what was found by going there: names, connections, certificates, answers."""

from __future__ import annotations

from homeperf_ray.checks.finding import Code

_DIG = "dig {part}"
_CURL = "curl -sv -o /dev/null {part}"
_OPENSSL = "openssl s_client -connect {part} </dev/null"
_DATES = f"{_OPENSSL} | openssl x509 -noout -dates"
_NAMES = f"{_OPENSSL} | openssl x509 -noout -ext subjectAltName"
_CHAIN = "openssl s_client -connect {part} -showcerts </dev/null"

BAD_TARGET = Code(
    "HP470", "a target is one that nobody can be asked", "warning", "kubectl -n {namespace} describe {kind} {name}"
)
NO_NAME = Code("HP471", "a published name is not known", "warning", _DIG)
RESOLVER_DEAD = Code("HP472", "a DNS server does not answer", "critical", _DIG)
RESOLVER_FAILS = Code("HP473", "a DNS server fails over a name", "critical", _DIG)
SPLIT = Code("HP474", "a name leads elsewhere inside the cluster", "warning", _DIG)
DNS_SLOW = Code("HP475", "a DNS server is slow", "warning", _DIG, ("dns_latency",))
OTHER_RECORDS = Code("HP476", "a name has other records than it should", "critical", _DIG)
SPECIAL_ADDRESS = Code("HP477", "a name leads to an address that nothing should lead to", "warning", _DIG)
UNREACHABLE = Code("HP481", "nothing takes connections where something should", "critical", "curl -v telnet://{part}")
NO_HANDSHAKE = Code("HP483", "a TLS handshake fails", "critical", _OPENSSL)
SHOWN_ENDING = Code(
    "HP484",
    "a certificate that is shown is not valid, or is about to expire",
    "critical",
    _DATES,
    ("certificate_critical",),
)
SHOWN_ENDING_SOON = Code(
    "HP485", "a certificate that is shown expires soon", "warning", _DATES, ("certificate_warning",)
)
SHOWN_FOR_OTHERS = Code("HP486", "a certificate that is shown is for other names", "critical", _NAMES)
SHOWN_UNTRUSTED = Code("HP487", "a certificate that is shown is not trusted", "warning", _CHAIN)
SERVER_ERROR = Code("HP491", "a site answers with an error of its server", "critical", _CURL)
OTHER_STATUS = Code("HP492", "a site answers with another status than it should", "critical", _CURL)
NO_ANSWER = Code("HP493", "a site takes connections and gives no answer", "critical", _CURL)
SLOW = Code("HP494", "a site is slow", "warning", _CURL, ("probe_latency",))
BAD_REDIRECT = Code("HP495", "a redirect leads back, or out of TLS", "warning", _CURL)
UNPROBED = Code("HP499", "a target was not probed", "error", "Raise --timeout, or probes.timeout in the configuration.")

PROBE_CODES = (
    BAD_TARGET,
    NO_NAME,
    RESOLVER_DEAD,
    RESOLVER_FAILS,
    SPLIT,
    DNS_SLOW,
    OTHER_RECORDS,
    SPECIAL_ADDRESS,
    UNREACHABLE,
    NO_HANDSHAKE,
    SHOWN_ENDING,
    SHOWN_ENDING_SOON,
    SHOWN_FOR_OTHERS,
    SHOWN_UNTRUSTED,
    SERVER_ERROR,
    OTHER_STATUS,
    NO_ANSWER,
    SLOW,
    BAD_REDIRECT,
    UNPROBED,
)
