"""How full a claim is: the same whoever asks, until churn or a test says otherwise."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

USED = "home.arpa/used-percent"
"""The annotation of a claim that tells how full it is. Churn writes it, and so may a test."""

USED_INODES = "home.arpa/used-inodes-percent"
"""The same of its inodes."""

INODE_BYTES = 16_384
"""Bytes of a file system to each of its inodes, as ``mke2fs`` makes ext4 by default."""

_UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


@dataclass(frozen=True)
class Fill:
    """What ``statfs`` tells of a file system. Sizes are bytes; a file system without inodes to count has 0 of them."""

    capacity: int
    used: int
    inodes: int
    inodes_used: int

    @property
    def available(self) -> int:
        return self.capacity - self.used

    @property
    def inodes_free(self) -> int:
        return self.inodes - self.inodes_used


def percent(claim: Mapping[str, Any]) -> int:
    """How full a claim is: what its annotation says, else between 20 and 72 by its uid."""
    return _said(claim, USED, 20 + zlib.crc32(claim["metadata"]["uid"].encode()) % 53)


def fill(claim: Mapping[str, Any]) -> Fill:
    """The file system behind a bound claim, which is a little smaller than its volume."""
    capacity = int(size(claim["status"]["capacity"]["storage"]) * 0.98) // 4096 * 4096
    used = capacity * percent(claim) // 100 // 4096 * 4096
    inodes = 0 if claim["spec"].get("storageClassName") == "ceph-filesystem" else capacity // INODE_BYTES
    share = _said(claim, USED_INODES, 1 + zlib.adler32(claim["metadata"]["uid"].encode()) % 30)
    return Fill(capacity, used, inodes, inodes * share // 100)


def size(quantity: str) -> int:
    """Bytes of ``10Gi``."""
    unit = _UNITS.get(quantity[-2:])
    return int(float(quantity[:-2]) * unit) if unit else int(float(quantity))


def _said(claim: Mapping[str, Any], name: str, otherwise: int) -> int:
    said = (claim["metadata"].get("annotations") or {}).get(name)
    return min(int(said), 100) if said and said.isdecimal() else otherwise
