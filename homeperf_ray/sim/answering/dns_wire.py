"""DNS messages byte by byte (RFC 1035), so that wrong ones can be made too."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Sequence
from dataclasses import dataclass

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33}
NAMES = {number: name for name, number in TYPES.items()}
RCODES = {"noerror": 0, "formerr": 1, "servfail": 2, "nxdomain": 3, "notimp": 4, "refused": 5}

_HEADER = struct.Struct(">HHHHHH")
_RESPONSE, _RECURSION, _TRUNCATED = 0x8000, 0x0180, 0x0200
_TTL = 30


@dataclass(frozen=True)
class Question:
    """What was asked: the number of the message, a name in lower case without its last dot, a type such as ``A``."""

    number: int
    name: str
    kind: str
    raw: bytes


def read(message: bytes) -> Question:
    """The question of a query. Raises ValueError for what is none."""
    if len(message) < _HEADER.size + 5:
        raise ValueError("too short for a query")
    number, flags, questions, *_ = _HEADER.unpack_from(message)
    if flags & _RESPONSE or questions != 1:
        raise ValueError("no query")
    labels, at = [], _HEADER.size
    while True:
        if at >= len(message):
            raise ValueError("a name without end")
        length = message[at]
        at += 1
        if not length:
            break
        if length > 63:
            raise ValueError("a compressed question")
        labels.append(message[at : at + length].decode("latin-1").lower())
        at += length
    if at + 4 > len(message):
        raise ValueError("a question without a type")
    (kind,) = struct.unpack_from(">H", message, at)
    return Question(number, ".".join(labels), NAMES.get(kind, str(kind)), message[_HEADER.size : at + 4])


def reply(
    question: Question,
    records: Sequence[tuple[str, str, str]] = (),
    *,
    rcode: str = "noerror",
    truncated: bool = False,
    number: int | None = None,
    raw: bytes | None = None,
) -> bytes:
    """An answer of records (name, type, value). ``number`` and ``raw`` take the place of the question's own."""
    flags = _RESPONSE | _RECURSION | RCODES[rcode] | (_TRUNCATED if truncated else 0)
    given = question.number if number is None else number
    shown = () if truncated else records
    body = b"".join(_record(*record) for record in shown)
    return _HEADER.pack(given, flags, 1, len(shown), 0, 0) + (question.raw if raw is None else raw) + body


def name_of(text: str) -> bytes:
    """A name as labels."""
    labels = [label.encode("ascii") for label in text.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question_of(name: str, kind: str) -> bytes:
    """A question as it stands in a message."""
    return name_of(name) + struct.pack(">HH", TYPES[kind], 1)


def _record(name: str, kind: str, value: str) -> bytes:
    data = _data(kind, value)
    return name_of(name) + struct.pack(">HHIH", TYPES[kind], 1, _TTL, len(data)) + data


def _data(kind: str, value: str) -> bytes:
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "TXT":
        return bytes([len(value)]) + value.encode("latin-1")
    if kind == "MX":
        preference, _, host = value.partition(" ")
        return struct.pack(">H", int(preference)) + name_of(host)
    if kind == "SRV":
        priority, weight, port, host = value.split(" ")
        return struct.pack(">HHH", int(priority), int(weight), int(port)) + name_of(host)
    return name_of(value)
