"""Formats of strings and numbers, as the API server checks them. A format that it does not check is none here."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_BOUNDS = {"int32": 31, "int64": 63}


def _date_time(text: str) -> bool:
    if not _RFC3339.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


def _date(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - only whether it is a date
    except ValueError:
        return False
    return True


def _byte(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _address(version: int | None) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        import ipaddress

        try:
            found = ipaddress.ip_address(text)
        except ValueError:
            return False
        return version is None or found.version == version

    return check


def _cidr(text: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


_CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "date-time": (_date_time, "a time as in RFC 3339: 2025-01-31T12:00:00Z"),
    "date": (_date, "a date: 2025-01-31"),
    "byte": (_byte, "base64; stringData takes plain text"),
    "ipv4": (_address(4), "an IPv4 address"),
    "ipv6": (_address(6), "an IPv6 address"),
    "ip": (_address(None), "an IP address"),
    "cidr": (_cidr, "a range of addresses: 10.0.0.0/16"),
    "uuid": (lambda text: bool(_UUID.fullmatch(text)), "a UUID"),
}


def wrong_text(text: str, form: str) -> str | None:
    """What a text should be, where it is not of its format."""
    known = _CHECKS.get(form)
    return None if known is None or known[0](text) else known[1]


def wrong_number(number: float, form: str) -> str | None:
    """What a number should be, where it is not of its format."""
    bits = _BOUNDS.get(form)
    if bits is None or -(2**bits) <= number < 2**bits:
        return None
    return f"between -2^{bits} and 2^{bits} - 1"
