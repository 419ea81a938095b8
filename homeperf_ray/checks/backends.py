"""What Ingresses send their traffic to: Services and ports that are there."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import all_of, before, is_one_of
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, rows
from homeperf_ray.kube.resources import INGRESSES, SERVICES

NO_BACKEND = Code(
    "HP463",
    "an Ingress points to a Service or a port that is not there",
    "warning",
    "kubectl -n {namespace} describe ingress {name}; kubectl -n {namespace} get services",
    ("address_grace",),
    ("events",),
)

ACTIONS = frozenset({"use-annotation"})
"""Port names by which a backend is no Service but something that an annotation tells, as AWS's controller has it."""


def judge_backends(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """Every Service that an Ingress names is there, and has the port. A young Ingress may be ahead of its Service."""
    table = snapshot[INGRESSES]
    verdict = Verdict("backends", "network", table.num_rows)
    old = before(table["created"], snapshot.now, thresholds.widest.address_grace)
    suspects = rows(table, all_of(old, pc.greater(pc.list_value_length(table["backends"]), 0)))
    named = {backend["service"] for row in suspects for backend in row["backends"]}
    chosen = rows(snapshot[SERVICES], is_one_of(snapshot[SERVICES]["name"], named))
    services = {(row["namespace"], row["name"]): row for row in chosen}
    for row in suspects:
        young = age(snapshot.now, row["created"]) <= thresholds.at("Ingress", row).address_grace
        if not young and snapshot.covers(SERVICES, row["namespace"] or ""):
            for backend in row["backends"]:
                message = _missing(backend, services.get((row["namespace"], backend["service"])))
                if message:
                    verdict.found(NO_BACKEND, "Ingress", row, message, part=_part(backend))
    return verdict.judgement()


def _missing(backend: dict[str, Any], service: dict[str, Any] | None) -> str:
    name, number, port = backend["service"], backend["port_number"], backend["port_name"]
    if port in ACTIONS:
        return ""
    if service is None:
        return f"its backend Service {name} does not exist"
    ports = service["ports"] or []
    if service["type"] == "ExternalName" or not ports or (number is None and not port):
        return ""
    if any((number is not None and one["number"] == number) or (port and one["name"] == port) for one in ports):
        return ""
    there = ", ".join(f"{one['number']} {one['name'] or ''}".strip() for one in ports)
    return f"its backend Service {name} has no port {port or number} (there is: {there})"


def _part(backend: dict[str, Any]) -> str:
    port = backend["port_number"] or backend["port_name"]
    return f"{backend['service']}:{port}" if port else str(backend["service"])


BACKEND_CHECKS = (
    Check(
        name="backends",
        domain="network",
        title="backends of Ingresses",
        needs=(INGRESSES, SERVICES),
        codes=(NO_BACKEND,),
        evaluate=judge_backends,
        splits=True,
    ),
)
