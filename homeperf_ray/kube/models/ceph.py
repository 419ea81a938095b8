"""What Ceph's own commands print with ``-f json``, Reef and Squid, as far as anybody reads it."""

from __future__ import annotations

import msgspec

Number = int | float | None


class Summary(msgspec.Struct, frozen=True):
    message: str | None = None


class HealthCheck(msgspec.Struct, frozen=True):
    severity: str | None = None
    summary: Summary | None = None
    muted: bool | None = None


class Health(msgspec.Struct, frozen=True):
    status: str | None = None
    checks: dict[str, HealthCheck] | None = None


class OsdMap(msgspec.Struct, frozen=True):
    num_osds: Number = None
    num_up_osds: Number = None
    num_in_osds: Number = None


class PgState(msgspec.Struct, frozen=True):
    """``ceph status`` calls the two ``state_name`` and ``count``, ``ceph pg stat`` ``name`` and ``num``."""

    state_name: str | None = None
    name: str | None = None
    count: Number = None
    num: Number = None


class PgMap(msgspec.Struct, frozen=True):
    """The part of both commands that is about placement groups and objects; rates are a second."""

    pgs_by_state: tuple[PgState, ...] | None = None
    num_pg_by_state: tuple[PgState, ...] | None = None
    degraded_objects: Number = None
    degraded_total: Number = None
    misplaced_objects: Number = None
    misplaced_total: Number = None
    recovering_bytes_per_sec: Number = None


class ProgressEvent(msgspec.Struct, frozen=True):
    """``progress`` is a share, from 0 to 1."""

    message: str | None = None
    progress: Number = None


class Status(msgspec.Struct, frozen=True):
    """``ceph status``."""

    health: Health
    osdmap: OsdMap | None = None
    pgmap: PgMap | None = None
    progress_events: dict[str, ProgressEvent] | None = None


class OsdNode(msgspec.Struct, frozen=True):
    """``reweight`` 0 is an OSD that is out; ``utilization`` is in per cent."""

    name: str | None = None
    type: str | None = None
    status: str | None = None
    reweight: Number = None
    kb: Number = None
    utilization: Number = None


class OsdDf(msgspec.Struct, frozen=True):
    """``ceph osd df``."""

    nodes: tuple[OsdNode, ...]


class PgStat(msgspec.Struct, frozen=True):
    """``ceph pg stat``, which wraps its document since Nautilus."""

    pg_summary: PgMap | None = None
    num_pg_by_state: tuple[PgState, ...] | None = None
