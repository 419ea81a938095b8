"""Date objects back, where a kube-apiserver stores them: it dates whatever it creates itself, as of now.

A homelab's objects are weeks old, and much of what can be wrong with them is wrong only then. Values in etcd are
protobuf for what Kubernetes defines and JSON for custom resources; in both, a date is replaced by another that is as
long.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import aiohttp

PREFIX, PREFIX_END = b"/registry/", b"/registry0"
UID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PROTOBUF = b"k8s\0"
FIELDS = {"creationTimestamp": 8, "deletionTimestamp": 9}
"""Field numbers in ObjectMeta."""
BATCH = 100
"""Puts a transaction; etcd takes 128 by default."""


class Dating(NamedTuple):
    """One date to change in one object."""

    field: str
    was: dt.datetime
    shall_be: dt.datetime

    def apply(self, value: bytes) -> bytes:
        """The stored object with its new date. Raises ValueError where the old one is not in it."""
        encode = self._proto if value.startswith(PROTOBUF) else self._json
        was, shall_be = encode(self.was), encode(self.shall_be)
        if was not in value or len(was) != len(shall_be):
            raise ValueError(f"{self.field} {self.was:%FT%TZ} is not where it should be in a stored object")
        return value.replace(was, shall_be, 1)

    def _proto(self, moment: dt.datetime) -> bytes:
        """A meta/v1 Time: seconds in a varint of five bytes, as for every date from 1978 to 3058; no nanoseconds."""
        seconds = _varint(int(moment.timestamp()))
        time = b"\x08" + seconds + b"\x10\x00"
        return bytes([FIELDS[self.field] << 3 | 2, len(time)]) + time

    def _json(self, moment: dt.datetime) -> bytes:
        return f'"{self.field}":"{moment:%FT%TZ}"'.encode()


async def redate(url: str, datings: Mapping[str, Iterable[Dating]]) -> None:
    """Change dates of objects by uid, through etcd's JSON gateway. Raises ValueError for one that is not stored."""
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        left = dict(datings)
        changes = []
        for pair in await _stored(session, url):
            value = base64.b64decode(pair["value"])
            first = UID.search(value)
            if not first or first[0].decode() not in left:
                continue
            for dating in left.pop(first[0].decode()):
                value = dating.apply(value)
            changes.append({"requestPut": {"key": pair["key"], "value": base64.b64encode(value).decode()}})
        if left:
            raise ValueError(f"{len(left)} objects are not stored: {', '.join(left)}")
        for start in range(0, len(changes), BATCH):
            async with session.post(f"{url}/v3/kv/txn", json={"success": changes[start : start + BATCH]}) as answer:
                assert (await answer.json())["succeeded"]


async def _stored(session: aiohttp.ClientSession, url: str) -> list[dict[str, Any]]:
    span = {"key": base64.b64encode(PREFIX).decode(), "range_end": base64.b64encode(PREFIX_END).decode()}
    async with session.post(f"{url}/v3/kv/range", json=span) as answer:
        return (await answer.json())["kvs"]


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
