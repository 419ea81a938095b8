"""Gateways of the Gateway API, and their listeners."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import before
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, ago, because, lasting, rows
from homeperf_ray.kube.resources import GATEWAYS

_DESCRIBE = "kubectl -n {namespace} describe gateway {name}"
_GRACE = ("address_grace",)

NO_CONTROLLER = Code(
    "HP441", "no controller has taken a Gateway up", "critical", "kubectl get gatewayclass; kubectl get pods -A", _GRACE
)
NOT_ACCEPTED = Code("HP442", "a Gateway is not accepted", "critical", _DESCRIBE, _GRACE, ("events",))
NOT_PROGRAMMED = Code("HP443", "a Gateway is not in force", "critical", _DESCRIBE, _GRACE, ("events",))
BAD_LISTENER = Code("HP444", "a listener of a Gateway does not work", "critical", _DESCRIBE, _GRACE, ("events",))
NO_ADDRESS = Code("HP445", "a Gateway has no address", "warning", _DESCRIBE, _GRACE, ("events",))

NO_ADDRESS_REASONS = frozenset({"AddressNotAssigned", "AddressNotUsable"})


def judge_gateways(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Gateways are accepted and programmed, their listeners too, and nobody waits for an address.

    A Gateway that says that it is programmed is believed: some controllers publish no address. What has changed only
    a moment ago is left alone.
    """
    table = snapshot[GATEWAYS]
    verdict = Verdict("gateways", "network", table.num_rows)
    for row in rows(table, before(table["created"], snapshot.now, thresholds.widest.address_grace)):
        grace = thresholds.at("Gateway", row).address_grace
        if age(snapshot.now, row["created"]) <= grace:
            continue
        found = _sickness(row, snapshot.now, grace)
        if found:
            code, message = found
            verdict.found(code, "Gateway", row, message)
        for fault in row["faults"] if row["accepted"] == "True" else ():
            if age(snapshot.now, _moment(fault["since"])) > grace:
                verdict.found(BAD_LISTENER, "Gateway", row, _listener(fault), part=fault["listener"] or "")
    return verdict.judgement()


def _sickness(row: dict[str, Any], now: datetime, grace: float) -> tuple[Code, str] | None:
    """The one thing that is wrong with the whole: what comes first explains what comes after."""
    accepted, programmed = row["accepted"], row["programmed"]
    if accepted not in ("True", "False"):
        named = f"of its class {row['gateway_class']}" if row["gateway_class"] else "of its class"
        return NO_CONTROLLER, f"no controller {named} has looked at it{lasting(now, row['created'])}"
    step = "accepted" if accepted == "False" else "programmed"
    since = _since(row, step)
    if row[step] == "True" or age(now, since) <= grace:
        return None
    reason = because(row[f"{step}_reason"], row[f"{step}_message"])
    if step == "accepted":
        return NOT_ACCEPTED, f"not accepted{lasting(now, since)}{reason}"
    if row["programmed_reason"] in NO_ADDRESS_REASONS or (programmed is None and not row["has_address"]):
        return NO_ADDRESS, f"has waited {ago(age(now, since))} for an address{reason}"
    if programmed is None:
        return None
    return NOT_PROGRAMMED, f"not programmed{lasting(now, since)}{reason}"


def _since(row: dict[str, Any], step: str) -> datetime | None:
    """When a condition changed; not before the Gateway was made, for defaults are dated 1970."""
    moments = [moment for moment in (row[f"{step}_since"], row["created"]) if moment]
    return max(moments, default=None)


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _listener(fault: dict[str, str | None]) -> str:
    what = {"Conflicted": "conflicts with another one", "ResolvedRefs": "names what is not there, or may not be used"}
    said = what.get(fault["condition"] or "", "is not accepted")
    return f"listener {fault['listener'] or ''} {said}{because(fault['reason'], fault['message'])}"


GATEWAY_CHECKS = (
    Check(
        name="gateways",
        domain="network",
        title="Gateways",
        needs=(GATEWAYS,),
        codes=(NO_CONTROLLER, NOT_ACCEPTED, NOT_PROGRAMMED, BAD_LISTENER, NO_ADDRESS),
        evaluate=judge_gateways,
        splits=True,
        unserved_note="the Gateway API is not installed: the cluster serves no Gateways",
    ),
)
