"""Ceph from inside: what its own commands say in the toolbox, which is asked only with ``--exec``."""

from __future__ import annotations

import re
from collections.abc import Callable

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Row, Verdict, because
from homeperf_ray.kube.ceph_report import CephReport, Osd

_TOOLBOX = "kubectl -n {namespace} exec deploy/rook-ceph-tools -- "
_STUCK = f"{_TOOLBOX}ceph pg dump_stuck"
_TREE = f"{_TOOLBOX}ceph osd tree"
_DF = f"{_TOOLBOX}ceph osd df tree"
_DETAIL = f"{_TOOLBOX}ceph health detail"

INACTIVE = Code("HP340", "placement groups are inactive", "critical", _STUCK)
PEERING = Code("HP341", "placement groups are stuck peering", "critical", _STUCK)
DEGRADED = Code("HP342", "data has too few copies", "warning", f"{_TOOLBOX}ceph pg stat")
INCONSISTENT = Code("HP343", "copies of data differ", "critical", _DETAIL)
DOWN = Code("HP344", "an OSD is down", "warning", f"{_TREE} down")
OUT = Code("HP345", "an OSD is out", "warning", _TREE)
OSD_NEARFULL = Code("HP346", "an OSD is nearly full", "warning", _DF, ("ceph_nearfull",))
OSD_FULL = Code("HP347", "an OSD is full", "critical", _DF, ("ceph_full",))
UNEVEN = Code("HP348", "OSDs are unevenly full", "warning", f"{_TOOLBOX}ceph balancer status", ("ceph_osd_spread",))
SLOW = Code("HP349", "operations of Ceph are slow", "warning", f"{_TOOLBOX}ceph osd perf")

SLOW_CHECKS = ("SLOW_OPS", "MDS_SLOW_REQUEST", "MDS_SLOW_METADATA_IO", "BLUESTORE_SLOW_OP_ALERT")
"""Ceph's health checks about operations that hang."""

KIND = "Ceph"
"""Findings are about the cluster as such, called as its namespace: no object of Kubernetes is a placement group."""

_PEERING = re.compile(r"(\d{1,9}) pgs? peering")

_PASSING = frozenset({"activating", "creating", "unknown", "wait"})
"""States of placement groups that have just been made, or have just peered, or of a manager that has just begun."""


def judge_inside(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Placement groups that are inactive, stuck peering, degraded or inconsistent; OSDs that are down, out, nearly full
    or unevenly full; operations that are slow. What recovery is doing is said with what is degraded, else as a note.

    A placement group peers for a moment whenever an OSD comes or goes, and is made in a moment: only those that Ceph
    itself calls stuck (its check PG_AVAILABILITY) are found.
    """
    verdict = Verdict("ceph-inside", "storage", len(snapshot.ceph))
    for report in snapshot.ceph:
        row = {"namespace": report.namespace, "name": report.namespace}
        limits = thresholds.at(KIND, row)
        _judge_placement(verdict, report, row)
        _judge_copies(verdict, report, row)
        _judge_osds(verdict, report, row, limits)
        for name, message in report.checks:
            if name in SLOW_CHECKS:
                verdict.found(SLOW, KIND, row, f"{name}{because(message)}", part=name)
    return verdict.judgement()


def _judge_placement(verdict: Verdict, report: CephReport, row: Row) -> None:
    """Placement groups that serve nothing."""
    stuck = report.checks_by_name.get("PG_AVAILABILITY", "")
    peering = sum(_in_state(report, lambda words: "peering" in words and "active" not in words).values())
    told = _PEERING.search(stuck)
    if told and (count := min(int(told[1]), peering)):
        verdict.found(PEERING, KIND, row, f"{_groups(count)} of {_all(report)} cannot agree which copy is right")
    if inactive := _in_state(report, lambda words: _serves_nothing(words, stuck)):
        message = (
            f"{_groups(sum(inactive.values()))} of {_all(report)} can neither be read nor written: {_named(inactive)}"
        )
        verdict.found(INACTIVE, KIND, row, message)


def _serves_nothing(words: set[str], stuck: str) -> bool:
    """Whether that is the state of groups that serve nothing, now and in a minute; Ceph tells which are ``stuck``."""
    if "stale" in words and "stale" in stuck:
        return True
    return not words & {"active", "peering"} and ("inactive" in stuck or not words & _PASSING)


def _judge_copies(verdict: Verdict, report: CephReport, row: Row) -> None:
    """Placement groups that lack copies, or whose copies differ; and what recovery does about it."""
    degraded = _in_state(report, lambda words: bool(words & {"degraded", "undersized"}))
    if degraded:
        some, whole = report.degraded
        share = f", {_percent(some, whole)} of all copies" if some and whole else ""
        message = (
            f"{_groups(sum(degraded.values()))} of {_all(report)}{share}; {_recovery(report) or 'nothing recovers'}"
        )
        verdict.found(DEGRADED, KIND, row, f"{message} ({_named(degraded)})")
    elif recovery := _recovery(report):
        some, whole = report.misplaced
        moved = f", {_percent(some, whole)} of all copies are not where they belong" if some and whole else ""
        verdict.note(f"Ceph in {report.namespace} moves data: {recovery}{moved}")
    if differing := _in_state(report, lambda words: "inconsistent" in words):
        message = f"{_groups(sum(differing.values()))} of {_all(report)}: a disk may be dying"
        verdict.found(INCONSISTENT, KIND, row, message)


def _judge_osds(verdict: Verdict, report: CephReport, row: Row, limits: Limits) -> None:
    count = report.osd_count or len(report.osds)
    _judge_absent(verdict, DOWN, row, [osd for osd in report.osds if not osd.up], count, count - report.osds_up)
    _judge_absent(verdict, OUT, row, [osd for osd in report.osds if not osd.taking], count, count - report.osds_in)
    used = [(osd.used, osd.name) for osd in report.osds if osd.used is not None and osd.taking]
    for share, name in used:
        if share >= min(limits.ceph_nearfull, limits.ceph_full):
            code = OSD_FULL if share >= limits.ceph_full else OSD_NEARFULL
            verdict.found(code, KIND, row, f"{share:.0f} % of {name} are used", part=name)
    if len(used) > 1:
        mean, (most, name) = sum(share for share, _ in used) / len(used), max(used)
        if most - mean > limits.ceph_osd_spread:
            message = (
                f"{name} is {most:.0f} % full where the mean is {mean:.0f} %: it fills up first, and stops all writes"
            )
            verdict.found(UNEVEN, KIND, row, message)


def _judge_absent(verdict: Verdict, code: Code, row: Row, named: list[Osd], count: int, absent: int) -> None:
    """One finding an OSD that is named, or one for all of them where only their number is known."""
    word = "down" if code is DOWN else "out"
    for osd in named:
        verdict.found(code, KIND, row, f"{osd.name} is {word}, one of {count}", part=osd.name)
    if not named and absent > 0 and count:
        verdict.found(code, KIND, row, f"{absent} of {count} OSDs {'is' if absent == 1 else 'are'} {word}")


def _in_state(report: CephReport, holds: Callable[[set[str]], bool]) -> dict[str, int]:
    """The states of which that holds, by their words, with their numbers of placement groups."""
    return {state: count for state, count in report.pgs if holds(set(state.split("+")))}


def _named(states: dict[str, int]) -> str:
    most = sorted(states.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{count} {state}" for state, count in most[:3]) + (" and others" if len(most) > 3 else "")


def _groups(count: int) -> str:
    return "1 placement group" if count == 1 else f"{count} placement groups"


def _all(report: CephReport) -> int:
    return sum(count for _, count in report.pgs)


def _recovery(report: CephReport) -> str:
    """What is being mended or moved, and how fast; empty where nothing is."""
    parts = [f"{message}, {100 * share:.0f} % done" for message, share in report.progress[:2] if message]
    if report.recovering:
        parts.append(f"{_short(report.recovering / 1e6, 3)} MB/s recover")
    moving = _in_state(report, lambda words: bool(words & {"recovering", "backfilling"}))
    if not parts and moving:
        parts.append(f"{_groups(sum(moving.values()))} recover")
    return "; ".join(parts)


def _percent(some: int, whole: int) -> str:
    return f"{_short(100 * some / whole, 2)} %"


def _short(number: float, digits: int) -> str:
    """To so many digits, and all of those before the point."""
    return f"{number:.0f}" if number >= 10 ** (digits - 1) else f"{number:.{digits}g}"


CEPH_INSIDE_CHECKS = (
    Check(
        name="ceph-inside",
        domain="storage",
        title="Ceph from inside",
        needs=(),
        codes=(INACTIVE, PEERING, DEGRADED, INCONSISTENT, DOWN, OUT, OSD_NEARFULL, OSD_FULL, UNEVEN, SLOW),
        evaluate=judge_inside,
        source="exec",
    ),
)
