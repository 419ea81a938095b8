"""TLS Secrets, of which only the certificates are read, and those who use them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.certificate_codes import (
    ENDING,
    ENDING_SOON,
    NO_SECRET,
    OTHER_NAMES,
    UNTRUSTED,
    UNUSABLE,
    UNUSED,
)
from homeperf_ray.checks.check import Check
from homeperf_ray.checks.expiry import DAY, urgency
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import Mask, all_of, any_of, before, is_one_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Limits, Thresholds
from homeperf_ray.checks.tls_uses import Place, Use, covers, uses_of
from homeperf_ray.checks.verdict import Verdict, age, rows
from homeperf_ray.kube.resources import CERTIFICATES, GATEWAYS, INGRESSES, SECRETS

MANY = 3
"""So many names are told of what there is more of."""


def judge_tls_secrets(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Certificates in TLS Secrets are valid and their chains hold together.

    One that cert-manager keeps, and a copy of it elsewhere, is judged here only by its chain: its Certificate tells the
    rest. One that no Ingress
    and no Gateway uses is at most a warning, and only when it is out of date or nearly so: others may use it, and
    whoever owns it may renew it late.
    """
    table = snapshot[SECRETS]
    verdict = Verdict("tls-secrets", "network", table.num_rows)
    users: dict[Place, list[Use]] = {}
    for use in uses_of(snapshot):
        users.setdefault(use.secret, []).append(use)
    kept = _kept(snapshot)
    renewed = _renewed(table, kept)
    for row in rows(table, _suspicious(table, snapshot.now, thresholds.widest)):
        place = (row["namespace"] or "", row["name"])
        limits = thresholds.at("Secret", row)
        mine = users.get(place, [])
        managed = (row["certificate"] is not None and place in kept) or row["fingerprint"] in renewed
        found = _sickness(row, snapshot.now, limits, managed=managed)
        if mine and found:
            code, message = found
            verdict.found(code, "Secret", row, f"{message}; used by {_told([str(use) for use in mine])}")
        elif found and _is_news(row, snapshot.now, limits, found[0]):
            verdict.found(UNUSED, "Secret", row, f"{found[1]}; no Ingress and no Gateway that was read uses it")
    return verdict.judgement()


def _suspicious(table: pa.Table, now: datetime, limits: Limits) -> Mask:
    return any_of(
        before(table["not_after"], now, -max(limits.certificate_warning, limits.certificate_critical) * DAY),
        pc.invert(before(table["not_before"], now, 0.0)),
        before(table["issuer_not_after"], now, 0.0),
        pc.is_valid(table["unreadable"]),
        pc.is_valid(table["broken"]),
        table["self_signed"],
        table["alone"],
    )


def _kept(snapshot: Snapshot) -> set[Place]:
    """The Secrets whose Certificate can be judged."""
    table = snapshot.get(CERTIFICATES)
    found = rows(table.select(["namespace", "secret"])) if table is not None else ()
    return {(row["namespace"] or "", row["secret"]) for row in found}


def _renewed(table: pa.Table, kept: set[Place]) -> set[str]:
    """The fingerprints of the certificates that cert-manager keeps: who has the same one has a copy that is fresh."""
    columns = ["namespace", "name", "fingerprint"]
    found = rows(table.select(columns), all_of(pc.is_valid(table["certificate"]), pc.is_valid(table["fingerprint"])))
    return {row["fingerprint"] for row in found if (row["namespace"] or "", row["name"]) in kept}


def _sickness(row: dict[str, Any], now: datetime, limits: Limits, *, managed: bool) -> tuple[Code, str] | None:
    """The one thing that is wrong with a certificate, the worst first."""
    level, message = urgency(now, limits, not_before=row["not_before"], not_after=row["not_after"])
    broken = _broken(row, now)
    if level == "now" and not managed:
        return ENDING, f"its certificate {message}"
    if broken:
        return UNUSABLE, broken
    if managed:
        return None
    if level == "soon":
        return ENDING_SOON, f"its certificate {message}"
    doubtful = _doubtful(row)
    return (UNTRUSTED, doubtful) if doubtful else None


def _broken(row: dict[str, Any], now: datetime) -> str:
    """Why nobody can use what the Secret holds."""
    if row["unreadable"] or row["broken"]:
        return str(row["unreadable"] or row["broken"])
    ended = row["issuer_not_after"]
    return f"the certificate of its issuer {row['issuer'] or ''} has expired" if ended and ended < now else ""


def _doubtful(row: dict[str, Any]) -> str:
    """Why some cannot use it."""
    if row["self_signed"]:
        return "its certificate is signed by itself: who does not know it does not trust it"
    if row["alone"]:
        return f"the certificate of its issuer {row['issuer'] or ''} is missing: some clients cannot find it"
    return ""


def _is_news(row: dict[str, Any], now: datetime, limits: Limits, code: Code) -> bool:
    """Whether what is wrong with a Secret that nobody is seen to use is worth a word."""
    expired = row["not_after"] is not None and row["not_after"] <= now
    return code is ENDING and (expired or not row["owned"])


def judge_tls_users(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """The TLS Secrets that Ingresses and Gateways name are there, and are for their host names.

    A Secret of another type than ``kubernetes.io/tls`` is never listed, so that one that seems not to be there may be
    such a one. Nothing is missed in a namespace whose Secrets were not read.
    """
    uses = uses_of(snapshot)
    named = is_one_of(snapshot[SECRETS]["name"], {use.secret[1] for use in uses})
    secrets = {(row["namespace"] or "", row["name"]): row for row in rows(snapshot[SECRETS], named)}
    promised = _kept(snapshot)
    verdict = Verdict("tls-users", "network", len({(use.kind, use.namespace, use.name) for use in uses}))
    for use in uses:
        part = use.listener or use.secret[1]
        row = secrets.get(use.secret)
        if row is not None:
            message = _other_names(use, row)
            if message:
                verdict.found(OTHER_NAMES, use.kind, use.row, message, part=part)
        elif use.secret not in promised and snapshot.covers(SECRETS, use.secret[0]):
            young = age(snapshot.now, use.created) <= thresholds.at(use.kind, use.row).address_grace
            if not young:
                verdict.found(NO_SECRET, use.kind, use.row, _absent(use), part=part)
    return verdict.judgement()


def _other_names(use: Use, row: Mapping[str, Any]) -> str:
    if row["unreadable"]:
        return ""
    names = row["names"] or []
    bare = [host for host in use.hosts if not any(covers(name, host) for name in names)]
    if not bare:
        return ""
    held = f"is for {_told(names)}" if names else "names no host at all"
    return f"the certificate in Secret {use.secret[1]} {held}, not for {_told(bare)}"


def _absent(use: Use) -> str:
    namespace, name = use.secret
    where = "" if namespace == use.namespace else f" in namespace {namespace}"
    return f"there is no Secret {name} of type kubernetes.io/tls{where}; one of another type would not be seen"


def _told(names: list[str]) -> str:
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return ", ".join(names[:MANY]) + more


TLS_CHECKS = (
    Check(
        name="tls-secrets",
        domain="network",
        title="TLS Secrets",
        needs=(SECRETS,),
        optional=(INGRESSES, GATEWAYS, CERTIFICATES),
        codes=(ENDING, ENDING_SOON, UNUSABLE, UNTRUSTED, UNUSED),
        evaluate=judge_tls_secrets,
        quiet=True,
    ),
    Check(
        name="tls-users",
        domain="network",
        title="certificates of Ingresses and Gateways",
        needs=(SECRETS,),
        optional=(INGRESSES, GATEWAYS, CERTIFICATES),
        codes=(OTHER_NAMES, NO_SECRET),
        evaluate=judge_tls_users,
        quiet=True,
    ),
)
