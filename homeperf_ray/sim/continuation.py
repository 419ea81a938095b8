"""The continue token of a paged LIST: opaque to clients, the next key and the version of the first page to us."""

from __future__ import annotations

import base64
import binascii

import msgspec

from homeperf_ray.sim.statuses import bad_request, expired


class Token(msgspec.Struct, frozen=True):
    """Where the next page begins, and at which resourceVersion the list is read."""

    start: str
    rv: int
    v: str = "meta.k8s.io/v1"


CURRENT = -1
"""In the token that comes with a 410: go on at whatever version is current then."""


def encode(start: str, version: int) -> str:
    """The token that continues at the key ``start``."""
    return base64.urlsafe_b64encode(msgspec.json.encode(Token(start, version))).decode().rstrip("=")


def decode(text: str, *, oldest: int, version: int) -> Token:
    """Read a token. Raises ApiError 400 for garbage, 410 for one whose version is not known (any more)."""
    try:
        padded = text.encode() + b"=" * (-len(text) % 4)
        token = msgspec.json.decode(base64.b64decode(padded, b"-_", validate=True), type=Token)
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise bad_request(f"invalid continue token: continue key is not valid: {error}") from error
    if not token.start:
        raise bad_request("invalid continue token: continue key is not valid: no start key")
    if token.rv == CURRENT:
        return Token(token.start, version)
    if not oldest <= token.rv <= version:
        raise expired(encode(token.start, CURRENT))
    return token
