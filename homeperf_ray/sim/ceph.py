"""The program ``ceph`` in the toolbox: a handful of its commands, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from homeperf_ray.sim.ceph_state import OBJECTS, CephState, state_of
from homeperf_ray.sim.ran import Ran

Object = dict[str, Any]

_TIB = 1 << 40


def run(cluster: Object | None, arguments: Sequence[str]) -> Ran:
    """``ceph status|health|pg stat|osd df|osd stat|df [-f json|json-pretty]`` of the cluster of a CephCluster."""
    if cluster is None:
        return Ran(error="[errno 2] RADOS object not found (error connecting to the cluster)\n", code=2)
    words, form = _split(arguments)
    command = _COMMANDS.get(" ".join(words))
    if command is None:
        return Ran(error="no valid command found; 0 closest matches:\nError EINVAL: invalid command\n", code=22)
    document, text = command
    state = state_of(cluster)
    if form == "plain":
        return Ran(text(state))
    if form not in {"json", "json-pretty"}:
        return Ran(error=f"ceph: error: argument -f/--format: invalid choice: '{form}'\n", code=22)
    indent = 4 if form == "json-pretty" else None
    separators = None if indent else (",", ":")
    return Ran("\n" + json.dumps(document(state), indent=indent, separators=separators) + "\n")


def _split(arguments: Sequence[str]) -> tuple[list[str], str]:
    """The words of a command, and the format."""
    words, form, rest = [], "plain", iter(arguments)
    for word in rest:
        if word in {"-f", "--format"}:
            form = next(rest, "")
        elif word.startswith("--format="):
            form = word.partition("=")[2]
        else:
            words.append("status" if word == "-s" else word)
    return words, form


def _status(state: CephState) -> Object:
    return {
        "fsid": state.fsid,
        "health": _health(state),
        "election_epoch": 42,
        "quorum": [0, 1, 2],
        "quorum_names": ["a", "b", "c"],
        "quorum_age": 1_209_600,
        "monmap": {"epoch": 3, "min_mon_release_name": "squid", "num_mons": 3},
        "osdmap": {**_osd_stat(state), "num_remapped_pgs": state.pgs.get("active+remapped+backfilling", 0)},
        "pgmap": {
            "pgs_by_state": [{"state_name": name, "count": count} for name, count in state.pgs.items() if count],
            "num_pgs": sum(state.pgs.values()),
            "num_pools": 3,
            "num_objects": OBJECTS // 3,
            "data_bytes": state.used // 3,
            "bytes_used": state.used,
            "bytes_avail": state.total - state.used,
            "bytes_total": state.total,
            **_moving(state),
            "read_bytes_sec": 1_204_224,
            "write_bytes_sec": 3_481_600,
            "read_op_per_sec": 41,
            "write_op_per_sec": 187,
        },
        "fsmap": {"epoch": 12, "by_rank": [], "up:standby": 1},
        "mgrmap": {"available": True, "num_standbys": 1, "modules": ["iostat", "nfs"], "services": {}},
        "servicemap": {"epoch": 9, "modified": "0.000000", "services": {}},
        "progress_events": _progress(state),
    }


def _health(state: CephState) -> Object:
    checks = {
        name: {"severity": severity, "summary": {"message": message, "count": 1}, "muted": False}
        for name, severity, message in state.checks
    }
    return {"status": state.health, "checks": checks, "mutes": []}


def _moving(state: CephState) -> Object:
    """What Ceph says of objects that are not where they belong, only while there are any."""
    told: Object = {}
    for word, (some, whole) in (("degraded", state.degraded), ("misplaced", state.misplaced)):
        if some:
            told |= {f"{word}_objects": some, f"{word}_total": whole, f"{word}_ratio": round(some / whole, 6)}
    if state.recovering:
        told |= {"recovering_objects_per_sec": 11, "recovering_bytes_per_sec": state.recovering}
        told |= {"recovering_keys_per_sec": 0, "num_objects_recovered": 55, "num_bytes_recovered": 5 * state.recovering}
    return told


def _progress(state: CephState) -> Object:
    if not state.recovering:
        return {}
    message = "Rebalancing after osd.2 marked in (30s)\n      [=======.....................] (remaining: 80s)"
    return {"6e0d2c0f-1c57-4d7c-9a0e-5a4b1f4f6a11": {"message": message, "progress": 0.27, "add_to_ceph_s": True}}


def _osd_stat(state: CephState) -> Object:
    return {
        "epoch": 611,
        "num_osds": len(state.osds),
        "num_up_osds": state.up,
        "osd_up_since": 1_750_000_000,
        "num_in_osds": state.taking,
        "osd_in_since": 1_750_000_000,
    }


def _osd_df(state: CephState) -> Object:
    mean = 100 * state.used / state.total if state.total else 0.0
    variances = [osd.share / mean if mean else 0.0 for osd in state.osds]
    nodes: list[Object] = [
        {
            "id": osd.number,
            "device_class": "nvme",
            "name": f"osd.{osd.number}",
            "type": "osd",
            "type_id": 0,
            "crush_weight": round(osd.size / (1 << 30), 6),
            "depth": 2,
            "pool_weights": {},
            "reweight": 1.0 if osd.taking else 0.0,
            "kb": osd.size,
            "kb_used": osd.used,
            "kb_used_data": osd.used - 2_097_152,
            "kb_used_omap": 40_960,
            "kb_used_meta": 2_056_192,
            "kb_avail": osd.size - osd.used,
            "utilization": osd.share,
            "var": variance,
            "pgs": sum(state.pgs.values()),
            "status": "up" if osd.up else "down",
        }
        for osd, variance in zip(state.osds, variances, strict=True)
    ]
    summary = {
        "total_kb": state.total // 1024,
        "total_kb_used": state.used // 1024,
        "total_kb_avail": (state.total - state.used) // 1024,
        "average_utilization": mean,
        "min_var": min(variances, default=0.0),
        "max_var": max(variances, default=0.0),
    }
    return {"nodes": nodes, "stray": [], "summary": summary}


def _pg_stat(state: CephState) -> Object:
    summary = {
        "num_pg_by_state": [{"name": name, "num": count} for name, count in state.pgs.items() if count],
        "num_pgs": sum(state.pgs.values()),
        "num_bytes": state.used // 3,
        "total_bytes": state.total,
        "total_avail_bytes": state.total - state.used,
        "total_used_bytes": state.used,
        "total_used_raw_bytes": state.used,
        **_moving(state),
    }
    return {"pg_ready": True, "pg_summary": summary}


def _df(state: CephState) -> Object:
    stats = {"total_bytes": state.total, "total_avail_bytes": state.total - state.used, "total_used_bytes": state.used}
    ratio = state.used / state.total if state.total else 0.0
    return {"stats": {**stats, "total_used_raw_bytes": state.used, "total_used_raw_ratio": ratio}, "pools": []}


def _status_text(state: CephState) -> str:
    checks = "".join(f"            {message}\n" for _, _, message in state.checks)
    states = "".join(f"             {count:<4} {name}\n" for name, count in state.pgs.items() if count)
    recovery = f"  io:\n    recovery: {state.recovering / (1 << 20):.0f} MiB/s\n" if state.recovering else ""
    return (
        f"  cluster:\n    id:     {state.fsid}\n    health: {state.health}\n{checks} \n"
        f"  services:\n    mon: 3 daemons, quorum a,b,c (age 2w)\n    mgr: a(active, since 2w)\n"
        f"    osd: {_osds_text(state)}"
        f"  data:\n    pools:   3 pools, {sum(state.pgs.values())} pgs\n"
        f"    usage:   {state.used / _TIB:.1f} TiB used, {(state.total - state.used) / _TIB:.1f} TiB / "
        f"{state.total / _TIB:.1f} TiB avail\n    pgs:\n{states}{recovery}"
    )


def _osds_text(state: CephState) -> str:
    return f"{len(state.osds)} osds: {state.up} up (since 2w), {state.taking} in (since 5w)\n"


def _osd_df_text(state: CephState) -> str:
    rows = [f"{osd.number:>3}  nvme  {osd.size / (1 << 30):.5f} {osd.share:6.2f}  " for osd in state.osds]
    told = [row + ("up" if osd.up else "down") for row, osd in zip(rows, state.osds, strict=True)]
    return "\n".join(["ID  CLASS WEIGHT    %USE  STATUS", *told]) + "\n"


def _pg_stat_text(state: CephState) -> str:
    states = ", ".join(f"{count} {name}" for name, count in state.pgs.items() if count)
    sizes = f"{state.used / 3 / _TIB:.1f} TiB data, {state.used / _TIB:.1f} TiB used"
    return f"{sum(state.pgs.values())} pgs: {states}; {sizes}\n"


def _health_text(state: CephState) -> str:
    return "; ".join([state.health, *(message for _, _, message in state.checks)]) + "\n"


def _df_text(state: CephState) -> str:
    share = 100 * state.used / state.total if state.total else 0.0
    return f"--- RAW STORAGE ---\nTOTAL  {state.total / _TIB:.1f} TiB  {share:.2f} % RAW USED\n"


_COMMANDS: dict[str, tuple[Callable[[CephState], Object], Callable[[CephState], str]]] = {
    "status": (_status, _status_text),
    "health": (_health, _health_text),
    "health detail": (_health, _health_text),
    "osd df": (_osd_df, _osd_df_text),
    "osd stat": (_osd_stat, _osds_text),
    "pg stat": (_pg_stat, _pg_stat_text),
    "df": (_df, _df_text),
}
