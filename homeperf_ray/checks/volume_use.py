"""How full the volumes are that pods have mounted, as their kubelets measure them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.sizes import size
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Row, Verdict, age, ago, rows
from homeperf_ray.kube.resources import NODES, PERSISTENT_VOLUME_CLAIMS, VOLUME_STATS
from homeperf_ray.timings.volume_use import VolumeUse

_DESCRIBE = "kubectl -n {namespace} describe pvc {name}"

SILENT = Code("HP331", "a kubelet does not tell how full its volumes are", "error", "kubectl describe node {name}")
NO_ROOM = Code("HP332", "a volume is nearly full", "critical", _DESCRIBE, ("volume_used_critical",))
FILLING = Code("HP333", "a volume is getting full", "warning", _DESCRIBE, ("volume_used",))
NO_INODES = Code("HP334", "a volume has hardly any inodes left", "critical", _DESCRIBE, ("volume_inodes_critical",))
FEW_INODES = Code("HP335", "a volume is running out of inodes", "warning", _DESCRIBE, ("volume_inodes",))

BIGGER = 1.5
"""A file system that is so many times larger than what was claimed is not the claim's own: a share, a disk."""

NEAR = 0.01
"""Measurements are of one file system where its use differs by no more than this share of it: they are taken within
minutes. Disks of one model in several nodes have one size, but not one use.
"""

MINUTES = 600.0
"""Seconds after which a measurement is called old; a kubelet looks at each volume once a minute."""

NAMED = 5
"""Claims that a note names."""

PROXY = (
    "the kubelets were asked through nodes/proxy: whoever may `get` that may also run commands in every pod. "
    "nodes/stats is enough where the kubelets can be reached (docs/volumes.md)"
)


class Shares(NamedTuple):
    """Used shares of a volume in percent; None where there is nothing to count."""

    bytes: float | None
    inodes: float | None


def judge_volume_use(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Each mounted claim once, by the latest measurement of it, and each kubelet that told nothing.

    The share is that of ``df``: of what can be used at all, what only root may fill left out. Claims on one file system
    that is none of theirs alone, such as a share, are told once: by the one whose limits find it worst.
    """
    table, classes = snapshot[VOLUME_STATS], _classes(snapshot)
    silent = rows(table, pc.is_valid(table["fault"]))
    latest = _latest(rows(table, pc.is_null(table["fault"])), snapshot.now)
    measured = [row for row in latest if _wanted(snapshot, row, classes)]
    verdict = Verdict("volume-use", "storage", len(measured) + len(silent))
    for row in silent:
        _judge_kubelet(verdict, row)
    for row in measured:
        known = classes.get((row["namespace"], row["name"]), _UNKNOWN)
        row["storage_class"], row["claimed"], row["volume"] = known
    for group in _file_systems(measured):
        _judge(verdict, group, thresholds)
    if any(row["way"] == "proxy" for row in (*measured, *silent)):
        verdict.note(PROXY)
    for note in _ages(measured, snapshot.now):
        verdict.note(note)
    return verdict.judgement(tuple(_use(row, snapshot.now) for row in _worst_first(measured)))


def shares(row: Row) -> Shares:
    """How much of a volume is used."""
    used, available = row["used"], row["available"]
    whole = None if used is None or available is None else used + available
    return Shares(_share(used, whole), _share(row["inodes_used"], row["inodes"]))


def _completed(row: dict[str, Any]) -> dict[str, Any]:
    """The row with what is used told by what is left, and the other way round, where a driver tells only one.

    What it does not know it may tell as 0 (``VolumeUsage`` of the CSI specification): that nothing is left where less
    than half is used.
    """
    used, capacity, available = row["used"], row["capacity"], row["available"]
    if available == 0 and used and 2 * used < (capacity or 0):
        available = None
    if capacity and used is None and available is not None:
        used = max(capacity - available, 0)
    if capacity and available is None and used is not None:
        available = max(capacity - used, 0)
    return row | {"used": used, "available": available}


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else min(100.0 * part / whole, 100.0)


def _latest(measured: Iterable[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Of several measurements of one claim, on several nodes or for several pods, the one that was taken last.

    It is told with the first of its pods, which is the same from run to run, and how many ``more`` there are.
    A clock that is ahead makes no measurement newer than those of ``now``.
    """
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in measured:
        if row["name"]:
            found[row["namespace"] or "", row["name"]].append(row)
    latest = []
    for key in sorted(found):
        first = min(found[key], key=lambda row: (row["node"] or "", row["pod"] or ""))
        newest = max(found[key], key=lambda row: min(row["taken"], now).timestamp() if row["taken"] else 0.0)
        told = {"node": first["node"], "pod": first["pod"], "more": len(found[key]) - 1}
        latest.append(_completed(newest) | told)
    return latest


_UNKNOWN = ("", None, "")


def _classes(snapshot: Snapshot) -> dict[tuple[str, str], tuple[str, int | None, str]]:
    """The storage class, the size in bytes and the volume of every claim that is known."""
    table = snapshot.get(PERSISTENT_VOLUME_CLAIMS)
    found = (
        rows(table.select(["namespace", "name", "storage_class", "capacity", "volume"])) if table is not None else ()
    )
    return {
        (row["namespace"], row["name"]): (row["storage_class"] or "", row["capacity"], row["volume"] or "")
        for row in found
    }


def _wanted(snapshot: Snapshot, row: Row, claims: Mapping[tuple[str, str], Any]) -> bool:
    """Whether a measurement is in the scope of the run, and its claim is still there as far as one can see."""
    namespace = row["namespace"] or ""
    if snapshot.namespaces is not None and namespace not in snapshot.namespaces:
        return False
    return (namespace, row["name"]) in claims or not snapshot.covers(PERSISTENT_VOLUME_CLAIMS, namespace)


def _file_systems(measured: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The measurements by file system: those that are not a claim's own are told apart by size and use."""
    shared: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in measured:
        if row["claimed"] and row["capacity"] and row["capacity"] > BIGGER * row["claimed"]:
            shared[row["storage_class"], row["capacity"], row["inodes"]].append(row)
        else:
            yield [row]
    for group in shared.values():
        group.sort(key=lambda row: row["used"] or 0)
        start = 0
        for place, row in enumerate(group):
            if (row["used"] or 0) - (group[start]["used"] or 0) > NEAR * row["capacity"]:
                yield group[start:place]
                start = place
        yield group[start:]


def _judge(verdict: Verdict, group: Sequence[dict[str, Any]], thresholds: Thresholds) -> None:
    """One finding for the claims on one file system, the worse of its two shares first."""
    judged = [(row, _codes(row, thresholds.at("PersistentVolumeClaim", row))) for row in group]
    row, codes = max(judged, key=lambda one: (max(map(_rank, one[1])), _fullness(one[0])))
    found = [one for one in codes if one is not None]
    if not found:
        return
    share, others = shares(row), len(group) - 1
    texts = [_bytes(row, share), _inodes(row, share)]
    told = [text for one, text in zip(codes, texts, strict=True) if one is not None]
    where = f", mounted by {row['pod']} on {row['node']}" if row["pod"] else f", mounted on {row['node']}"
    where += f" and {row['more']} more" if row["more"] else ""
    many = f"; {others} other claim{'s' * (others != 1)} on the same file system" if others else ""
    verdict.found(max(found, key=_rank), "PersistentVolumeClaim", row, f"{' and '.join(told)}{where}{many}")


def _codes(row: Row, limits: Limits) -> tuple[Code | None, Code | None]:
    """What is found of its bytes, and of its inodes."""
    share = shares(row)
    return (
        _code(share.bytes, limits.volume_used, limits.volume_used_critical, FILLING, NO_ROOM),
        _code(share.inodes, limits.volume_inodes, limits.volume_inodes_critical, FEW_INODES, NO_INODES),
    )


def _rank(code: Code | None) -> int:
    return 0 if code is None else 2 if code.severity == "critical" else 1


def _code(share: float | None, warning: float, critical: float, mild: Code, severe: Code) -> Code | None:
    if share is None:
        return None
    return severe if share >= critical else mild if share >= warning else None


def _bytes(row: Row, share: Shares) -> str:
    return f"{share.bytes or 0.0:.0f} % full, {size(row['available'])} of {size(row['capacity'])} left"


def _inodes(row: Row, share: Shares) -> str:
    left = max((row["inodes"] or 0) - (row["inodes_used"] or 0), 0)
    return f"{share.inodes or 0.0:.0f} % of its inodes used, {left:,} left"


def _judge_kubelet(verdict: Verdict, row: Row) -> None:
    message = f"how full the volumes on it are is not known: {row['fault']}"
    verdict.found(SILENT, "Node", {"name": row["node"] or ""}, message, hint=row["hint"] or "")


def _ages(measured: Sequence[Row], now: datetime) -> Iterator[str]:
    """How old the measurements are; those that are much too old by name."""
    ages = {f"{row['namespace']}/{row['name']}": age(now, row["taken"]) for row in measured if row["taken"]}
    if not ages:
        return
    ways = Counter(row["way"] or "" for row in measured)
    how = ", ".join(f"{count} {_WAYS.get(way, way)}" for way, count in sorted(ways.items()))
    volumes = "1 volume" if len(measured) == 1 else f"{len(measured)} volumes"
    yield f"use of {volumes} ({how}) as measured up to {ago(max(ages.values()))} ago"
    old = sorted((name for name, seconds in ages.items() if seconds > MINUTES), key=lambda name: -ages[name])
    if old:
        more = f" and {len(old) - NAMED} more" if len(old) > NAMED else ""
        yield f"not measured for over {ago(MINUTES)}, so perhaps stuck: {', '.join(old[:NAMED])}{more}"


_WAYS = {"direct": "from the kubelets", "proxy": "through the API server"}


def _worst_first(measured: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(measured, key=lambda row: (-_fullness(row), row["namespace"] or "", row["name"]))


def _fullness(row: Row) -> float:
    return max(share or 0.0 for share in shares(row))


def _use(row: Row, now: datetime) -> VolumeUse:
    return VolumeUse(
        taken=min(row["taken"] or now, now).timestamp(),
        namespace=row["namespace"] or "",
        claim=row["name"],
        volume=row["volume"],
        storage_class=row["storage_class"],
        node=row["node"] or "",
        capacity=row["capacity"] or 0,
        used=row["used"] or 0,
        available=row["available"] or 0,
        inodes=row["inodes"] or 0,
        inodes_used=row["inodes_used"] or 0,
    )


VOLUME_USE_CHECKS = (
    Check(
        name="volume-use",
        domain="storage",
        title="use of volumes",
        needs=(VOLUME_STATS, NODES),
        optional=(PERSISTENT_VOLUME_CLAIMS,),
        codes=(SILENT, NO_ROOM, FILLING, NO_INODES, FEW_INODES),
        evaluate=judge_volume_use,
        source="kubelet",
    ),
)
