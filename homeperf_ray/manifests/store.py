"""Results that are kept: by content, schemas, options and version, so that an unchanged file costs nothing.

One file a set of schemas and options, written whole or not at all: runs at the same time do not disturb each other,
the last one wins. What is damaged, or somebody else's, is as if it were not there.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

import msgspec

from homeperf_ray.kube.own_file import read_own, tidy, write_own
from homeperf_ray.manifests.outcome import Outcome

MAX_BYTES = 32 << 20
"""Of one file of results; beyond it the results of other files than this run's are dropped first."""

KEPT_SECONDS = 30 * 86_400.0

_decode = msgspec.msgpack.Decoder(Outcome).decode
_encode = msgspec.msgpack.Encoder().encode


class Results:
    """Outcomes by key. ``folder`` None keeps nothing."""

    def __init__(self, folder: Path | None, fingerprint: str) -> None:
        self._file = folder / f"validate-{fingerprint[:32]}.pack" if folder else None
        self._held: dict[bytes, bytes] = {}
        self._used: dict[bytes, bytes] = {}
        self._new = False
        self.hits = 0
        data = read_own(self._file) if self._file else None
        if data and len(data) > 4 and zlib.crc32(data[4:]) == int.from_bytes(data[:4], "big"):
            try:
                self._held = msgspec.msgpack.decode(data[4:], type=dict[bytes, bytes])
            except msgspec.MsgspecError:
                self._held = {}

    def get(self, key: bytes) -> Outcome | None:
        """An outcome, or None."""
        raw = self._held.get(key)
        if raw is None:
            return None
        try:
            outcome: Outcome = _decode(raw)
        except msgspec.MsgspecError:
            return None
        self._used[key] = raw
        self.hits += 1
        return outcome

    def put(self, key: bytes, outcome: Outcome) -> None:
        """Keep an outcome."""
        if self._file is None:
            return
        self._used[key] = _encode(outcome)
        self._new = True

    def save(self) -> None:
        """Write what is new; a disk that refuses is no failure."""
        if self._file is None or not self._new:
            return
        kept = dict(self._used)
        size = sum(map(len, kept.values()))
        for key, raw in self._held.items():
            if key not in kept and size + len(raw) <= MAX_BYTES // 2:
                kept[key] = raw
                size += len(raw)
        body = _encode(kept)
        if len(body) <= MAX_BYTES:
            write_own(self._file, zlib.crc32(body).to_bytes(4, "big") + body)
        tidy(self._file.parent, "validate-*.pack", KEPT_SECONDS)


def key_of(data: bytes, path: str, values: str) -> bytes:
    """The key of a file with its variables."""
    mark = hashlib.blake2b(digest_size=16)
    for part in (path.encode("utf-8", "surrogateescape"), values.encode(), data):
        mark.update(len(part).to_bytes(8, "big"))
        mark.update(part)
    return mark.digest()
