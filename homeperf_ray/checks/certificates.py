"""cert-manager's Certificates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.certificate_codes import ENDING, ENDING_SOON, NOT_ISSUED, NOT_RENEWED
from homeperf_ray.checks.check import Check
from homeperf_ray.checks.expiry import DAY, urgency
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import Mask, any_of, before, is_not
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, lasting, rows
from homeperf_ray.kube.resources import CERTIFICATES


def judge_certificates(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Certificates of cert-manager are issued, valid, and renewed when they are due."""
    table = snapshot[CERTIFICATES]
    verdict = Verdict("certificates", "network", table.num_rows)
    for row in rows(table, _suspicious(table, snapshot.now, thresholds.widest)):
        found = _sickness(row, snapshot.now, thresholds.at("Certificate", row))
        if found:
            code, message = found
            verdict.found(code, "Certificate", row, message)
    return verdict.judgement()


def _suspicious(table: pa.Table, now: datetime, limits: Limits) -> Mask:
    near = before(table["not_after"], now, -max(limits.certificate_warning, limits.certificate_critical) * DAY)
    early = pc.invert(before(table["not_before"], now, 0.0))
    failing = pc.greater(table["failures"], 0)
    return any_of(is_not(table["ready"], "True"), near, early, failing, before(table["renewal"], now, 0.0))


def _sickness(row: dict[str, Any], now: datetime, limits: Limits) -> tuple[Code, str] | None:
    """The one thing that is wrong: what hurts visitors first. Why it happened is told with it."""
    level, message = urgency(
        now, limits, not_before=row["not_before"], not_after=row["not_after"], renewal=row["renewal"]
    )
    overdue = age(now, row["renewal"])
    due = f"; its renewal has been due for {ago(overdue)}" if overdue else ""
    story = f"{message or 'it is valid'}{due}{_attempts(row, now)}"
    if level == "now":
        return ENDING, story
    if row["ready"] != "True":
        return _unready(row, now, limits)
    if level == "soon":
        return ENDING_SOON, story
    failing = row["failures"] > 1 or (row["failures"] and age(now, row["failed_at"]) > limits.certificate_grace)
    return (NOT_RENEWED, story) if failing or overdue > limits.certificate_grace else None


def _unready(row: dict[str, Any], now: datetime, limits: Limits) -> tuple[Code, str] | None:
    """What cert-manager says itself, once it has had its time."""
    since = row["ready_since"] or row["created"]
    if age(now, since) <= limits.certificate_grace:
        return None
    said = "not ready" if row["ready"] else "not looked at by cert-manager"
    reason = because(row["ready_reason"], row["ready_message"])
    code = NOT_RENEWED if row["not_after"] else NOT_ISSUED
    return code, f"{said}{lasting(now, since)}{reason}{_attempts(row, now)}"


def _attempts(row: dict[str, Any], now: datetime) -> str:
    """How often issuing has failed since it last succeeded."""
    count = row["failures"]
    if not count:
        return ""
    last = f", last {ago(age(now, row['failed_at']))} ago" if row["failed_at"] else ""
    times = "once" if count == 1 else f"{count} times"
    return f"; issuing failed {times}{last}{because(row['failure'])}"


CERTIFICATE_CHECKS = (
    Check(
        name="certificates",
        domain="network",
        title="certificates",
        needs=(CERTIFICATES,),
        codes=(NOT_ISSUED, ENDING, ENDING_SOON, NOT_RENEWED),
        evaluate=judge_certificates,
        splits=True,
        unserved_note="cert-manager is not installed: the cluster serves no Certificates",
    ),
)
