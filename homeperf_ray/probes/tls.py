"""TLS as a browser would do it, and then once more without trust where that was refused, to see what was shown."""

from __future__ import annotations

import ssl
from typing import Any


def trusting(ca: str = "", *, only: bool = False) -> ssl.SSLContext:
    """A context that trusts the system's authorities and those in ``ca`` (PEM), or ``only`` these.

    Names are not compared: the probe does that itself, to say which one is wrong. Raises ssl.SSLError for a ``ca``
    that is no PEM.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    if only:
        # Cluster CAs seldom satisfy RFC 5280 to the letter, and any certificate in the file is a root for Go.
        context.verify_flags = (context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN) & ~ssl.VERIFY_X509_STRICT
    else:
        context.load_default_certs()
    if ca:
        context.load_verify_locations(cadata=ca)
    context.set_alpn_protocols(["http/1.1"])
    return context


def looking() -> ssl.SSLContext:
    """A context that trusts everybody, for a look at what is shown; nothing secret may be sent over it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


def chain_of(connection: Any) -> list[bytes]:
    """The certificates that the server sent, in DER; its own first."""
    inner = getattr(connection, "_sslobj", None)
    read = getattr(connection, "get_unverified_chain", None) or getattr(inner, "get_unverified_chain", None)
    chain = read() if read else None
    if chain:
        return [one if isinstance(one, bytes) else one.public_bytes(_der()) for one in chain]
    own = connection.getpeercert(binary_form=True)
    return [own] if own else []


def _der() -> int:
    import _ssl

    return int(_ssl.ENCODING_DER)
