"""What one Ceph cluster says of itself in its toolbox, as a value."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from homeperf_ray.kube.models.ceph import Number, OsdDf, PgMap, PgStat, PgState, Status

TEXT = 300
"""Characters that are kept of a message."""

MAX_STATES, MAX_CHECKS, MAX_OSDS = 200, 200, 10_000
"""How many are kept; no cluster has more unless something is wrong with what it says."""

MAX_COUNT = 1 << 53
"""The largest number of anything, which a float holds exactly."""


class Osd(msgspec.Struct, frozen=True, kw_only=True):
    """One OSD; ``used`` is in per cent, None for one of which that is not known."""

    name: str
    up: bool = True
    taking: bool = True
    used: float | None = None


class CephReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one cluster: of what could not be asked the fields are empty.

    ``pgs`` are states with the number of placement groups in each, ``checks`` names of Ceph's health checks that are
    not muted, with their messages; ``degraded`` and
    ``misplaced`` are (copies, of how many); ``recovering`` is in bytes a second, ``progress`` a message and a share.
    """

    namespace: str
    health: str = ""
    checks: tuple[tuple[str, str], ...] = ()
    osd_count: int = 0
    osds_up: int = 0
    osds_in: int = 0
    pgs: tuple[tuple[str, int], ...] = ()
    degraded: tuple[int, int] = (0, 0)
    misplaced: tuple[int, int] = (0, 0)
    recovering: float = 0.0
    progress: tuple[tuple[str, float], ...] = ()
    osds: tuple[Osd, ...] = ()

    @property
    def checks_by_name(self) -> dict[str, str]:
        return dict(self.checks)


def report_of(namespace: str, status: Status | None, osds: OsdDf | None, pgs: PgStat | None) -> CephReport:
    """One value from what the three commands have printed, None for one that could not be run."""
    health = status.health if status else None
    osdmap = status.osdmap if status else None
    told = status.pgmap if status else None
    states = _states(pgs) or ((told.pgs_by_state or ()) if told else ())
    map_ = told or (pgs.pg_summary if pgs else None) or PgMap()
    checks = ((health and health.checks) or {}).items()
    events = ((status and status.progress_events) or {}).values()
    return CephReport(
        namespace=namespace,
        health=_brief(health.status if health else ""),
        checks=tuple(
            (_brief(name), _brief(one.summary.message if one.summary else "")) for name, one in checks if not one.muted
        )[:MAX_CHECKS],
        osd_count=_count(osdmap.num_osds) if osdmap else 0,
        osds_up=_count(osdmap.num_up_osds) if osdmap else 0,
        osds_in=_count(osdmap.num_in_osds) if osdmap else 0,
        pgs=_counted(states),
        degraded=(_count(map_.degraded_objects), _count(map_.degraded_total)),
        misplaced=(_count(map_.misplaced_objects), _count(map_.misplaced_total)),
        recovering=float(_count(map_.recovering_bytes_per_sec)),
        progress=tuple((_first_line(one.message), _share(one.progress)) for one in events)[:MAX_CHECKS],
        osds=tuple(_osds(osds)) if osds else (),
    )


def _states(pgs: PgStat | None) -> tuple[PgState, ...]:
    if pgs is None:
        return ()
    summary = pgs.pg_summary
    return (summary.num_pg_by_state if summary else pgs.num_pg_by_state) or ()


def _counted(states: Iterable[PgState]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for one in states:
        name = _brief(one.state_name or one.name)
        if name in counts or len(counts) < MAX_STATES:
            counts[name] = counts.get(name, 0) + _count(one.count if one.count is not None else one.num)
    return tuple((name, count) for name, count in counts.items() if count)


def _osds(document: OsdDf) -> Iterable[Osd]:
    for node in [node for node in document.nodes if node.type == "osd"][:MAX_OSDS]:
        used = _finite(node.utilization) if node.kb else None
        yield Osd(
            name=_brief(node.name),
            up=node.status != "down",
            taking=node.reweight is None or node.reweight > 0,
            used=None if used is None else min(max(used, 0.0), 100.0),
        )


def _count(number: Number) -> int:
    """From 0 to ``MAX_COUNT``; what is no count is 0."""
    return int(min(max(_finite(number) or 0.0, 0.0), MAX_COUNT))


def _share(number: Number) -> float:
    return min(max(_finite(number) or 0.0, 0.0), 1.0)


def _finite(number: Number) -> float | None:
    """None for what is no number, or one of which a float has no idea."""
    try:
        value = math.nan if number is None else float(number)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _brief(text: str | None) -> str:
    return (text or "")[:TEXT]


def _first_line(text: str | None) -> str:
    lines = (text or "").strip().splitlines()
    return _brief(lines[0].strip()) if lines else ""
