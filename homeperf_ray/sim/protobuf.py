"""Just enough protobuf to read the access reviews that a newer kubectl posts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from homeperf_ray.sim.statuses import bad_request

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"

MAGIC = b"k8s\x00"
_RESOURCE = {1: "namespace", 2: "verb", 3: "group", 4: "version", 5: "resource", 6: "subresource", 7: "name"}
_PATH = {1: "path", 2: "verb"}


def review(body: bytes) -> dict[str, Any]:
    """A SelfSubjectAccessReview, SelfSubjectRulesReview or SelfSubjectReview as if it had come as JSON.

    Raises ApiError 400 for anything else.
    """
    if not body.startswith(MAGIC):
        raise bad_request("the object provided is unrecognized: no Kubernetes protobuf")
    try:
        envelope = dict(_fields(body[len(MAGIC) :]))
        names = {1: "apiVersion", 2: "kind"}
        document: dict[str, Any] = _texts(envelope.get(1, b""), names)
        spec = dict(_fields(dict(_fields(envelope.get(2, b""))).get(2, b"")))
        if document.get("kind") == "SelfSubjectRulesReview":
            document["spec"] = {"namespace": spec.get(1, b"").decode()}
        elif 1 in spec:
            document["spec"] = {"resourceAttributes": _texts(spec[1], _RESOURCE)}
        else:
            document["spec"] = {"nonResourceAttributes": _texts(spec.get(2, b""), _PATH)}
    except (IndexError, UnicodeDecodeError) as error:
        raise bad_request(f"the object provided is unrecognized: {error}") from error
    return document


def _texts(message: bytes, names: dict[int, str]) -> dict[str, str]:
    return {names[number]: value.decode() for number, value in _fields(message) if number in names}


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message, numbers skipped."""
    position = 0
    while position < len(message):
        tag, position = varint(message, position)
        if tag & 7 == 0:
            _, position = varint(message, position)
        elif tag & 7 == 2:
            length, position = varint(message, position)
            if position + length > len(message):
                raise IndexError("it ends in the middle of a field")
            yield tag >> 3, message[position : position + length]
            position += length
        else:
            raise IndexError(f"wire type {tag & 7}")


def varint(message: bytes, position: int) -> tuple[int, int]:
    """A number at a position, and the position after it. Raises IndexError for one of more than 64 bits."""
    value = shift = 0
    while shift < 64:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
    raise IndexError("a number has too many digits")
