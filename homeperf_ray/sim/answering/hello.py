"""The name that a TLS client asks for, read from its first record before any handshake (RFC 8446, RFC 6066)."""

from __future__ import annotations

_HANDSHAKE, _CLIENT_HELLO, _SERVER_NAME = 22, 1, 0


def server_name(record: bytes) -> str | None:
    """The name in lower case, empty where none is asked for; None while the record is not whole.

    Raises ValueError for what is no ClientHello.
    """
    if record and record[0] != _HANDSHAKE:
        raise ValueError("no TLS handshake")
    if len(record) < 5 or len(record) < 5 + int.from_bytes(record[3:5], "big"):
        return None
    if record[5] != _CLIENT_HELLO:
        raise ValueError("no ClientHello")
    at = 5 + 4 + 2 + 32
    at += 1 + record[at]
    at += 2 + int.from_bytes(record[at : at + 2], "big")
    at += 1 + record[at]
    ends = at + 2 + int.from_bytes(record[at : at + 2], "big")
    at += 2
    while at + 4 <= min(ends, len(record)):
        kind, length = int.from_bytes(record[at : at + 2], "big"), int.from_bytes(record[at + 2 : at + 4], "big")
        if kind == _SERVER_NAME:
            return record[at + 9 : at + 4 + length].decode("latin-1").lower()
        at += 4 + length
    return ""
