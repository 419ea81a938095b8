"""A Ceph cluster as its own commands see it: what its CephCluster's health says, worked out OSD by OSD."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]

PGS = 97
"""Placement groups of a cluster of three pools."""

OBJECTS = 91_332

_PGS = re.compile(r"(\d+) pgs? (\w+)")
_SHARE = re.compile(r"(\d+)/(\d+) objects (\w+)")
_COUNT = re.compile(r"(\d+)")

_STATES = {
    "degraded": "active+undersized+degraded",
    "undersized": "active+undersized",
    "inactive": "undersized+degraded+peered",
    "peering": "peering",
    "stale": "stale+active+clean",
    "inconsistent": "active+clean+inconsistent",
    "down": "down",
    "incomplete": "incomplete",
    "backfill_toofull": "active+remapped+backfill_toofull",
}
"""In which state a placement group is of which a health check says one word; the worst word last counts."""


@dataclass(frozen=True)
class Osd:
    """One OSD; sizes are KiB, ``share`` is per cent."""

    number: int
    size: int
    share: float
    up: bool = True
    taking: bool = True

    @property
    def used(self) -> int:
        return int(self.size * self.share / 100)


@dataclass(frozen=True)
class CephState:
    """Everything that the commands print. ``checks`` are Ceph's health checks: name, severity and message."""

    fsid: str
    health: str
    checks: tuple[tuple[str, str, str], ...]
    osds: tuple[Osd, ...]
    total: int
    used: int
    pgs: dict[str, int]
    degraded: tuple[int, int]
    misplaced: tuple[int, int]
    recovering: int
    """Bytes a second."""

    @property
    def up(self) -> int:
        return sum(osd.up for osd in self.osds)

    @property
    def taking(self) -> int:
        return sum(osd.taking for osd in self.osds)


def state_of(cluster: Object) -> CephState:
    """What is behind the status of a CephCluster."""
    ceph = cluster.get("status", {}).get("ceph", {})
    details = ceph.get("details") or {}
    messages = {name: one.get("message", "") for name, one in details.items()}
    capacity = ceph.get("capacity", {})
    total, used = capacity.get("bytesTotal", 0), capacity.get("bytesUsed", 0)
    pgs = _placement(messages)
    degraded, misplaced = _objects(messages, "degraded"), _objects(messages, "misplaced")
    moving = misplaced[0] or (degraded[0] and "OSD_DOWN" not in messages)
    return CephState(
        fsid=ceph.get("fsid", "00000000-0000-4000-a000-000000000000"),
        health=ceph.get("health", "HEALTH_OK"),
        checks=tuple((name, one.get("severity", "HEALTH_WARN"), messages[name]) for name, one in details.items()),
        osds=_osds(ceph, messages, total, used),
        total=total,
        used=used,
        pgs=pgs,
        degraded=degraded,
        misplaced=misplaced,
        recovering=48_318_382 if moving else 0,
    )


def _placement(messages: dict[str, str]) -> dict[str, int]:
    """How many placement groups are in each state; those of which nothing is said are well."""
    found: dict[str, int] = {}
    for check in ("PG_DEGRADED", "PG_AVAILABILITY", "PG_DAMAGED", "PG_BACKFILL_FULL"):
        words = {word: int(count) for count, word in _PGS.findall(messages.get(check, ""))}
        if check in messages and not words and check == "PG_DEGRADED":
            words = {"degraded": 12}
        if "peering" in words and "inactive" in words:
            words["inactive"] -= words["peering"]
        if "undersized" in words and "degraded" in words:
            words["undersized"] -= words["degraded"]
        for word, count in words.items():
            state = _STATES.get(word)
            if state and count > 0:
                found[state] = found.get(state, 0) + count
    if "OBJECT_MISPLACED" in messages:
        found["active+remapped+backfilling"] = 5
    return {"active+clean": max(PGS - sum(found.values()), 0), **found}


def _objects(messages: dict[str, str], word: str) -> tuple[int, int]:
    """So many of so many copies of objects are in a state."""
    for message in messages.values():
        for some, whole, state in _SHARE.findall(message):
            if state == word:
                return int(some), int(whole)
    return 0, OBJECTS


def _osds(ceph: Object, messages: dict[str, str], total: int, used: int) -> tuple[Osd, ...]:
    number = sum((ceph.get("versions", {}).get("osd") or {"": 3}).values())
    down = _first(messages.get("OSD_DOWN", ""))
    mean = 100 * used / total if total else 0.0
    fullest = 96.2 if "OSD_FULL" in messages else 87.4 if "OSD_NEARFULL" in messages else 0.0
    others = mean if not fullest or number < 2 else (mean * number - fullest) / (number - 1)
    shares = [fullest if fullest and position == 0 else others for position in range(number)]
    size = total // 1024 // number if number else 0
    return tuple(
        Osd(position, size, round(share, 4), up=position < number - down) for position, share in enumerate(shares)
    )


def _first(message: str) -> int:
    found = _COUNT.search(message)
    return int(found[1]) if found else int(bool(message))
