"""The numbers that the checks compare with."""

from __future__ import annotations

from typing import Annotated

import msgspec

Limit = Annotated[float, msgspec.Meta(ge=0.0)]


def _says(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of the checks, with the documented defaults. Rates are restarts a day, times seconds, shares percent."""

    restarts_first_day: Annotated[Limit, _says("restarts in all that a pod younger than a day may have")] = 3.0
    restarts_per_day: Annotated[Limit, _says("restarts a day that a pod of a day to a week may have")] = 5.0
    restarts_per_day_old: Annotated[Limit, _says("restarts a day that a pod older than a week may have")] = 1.0
    pod_grace: Annotated[
        Limit, _says("how long a pod may take to be scheduled, to start, to become ready again, or to end when deleted")
    ] = 300.0
    out_of_memory_window: Annotated[Limit, _says("how long an out-of-memory kill stays news")] = 86_400.0
    rollout_grace: Annotated[Limit, _says("how long a workload may be behind while it is new or being changed")] = 600.0
    claim_grace: Annotated[Limit, _says("how long a claim may be pending")] = 300.0
    address_grace: Annotated[Limit, _says("how long a Service or an Ingress may be without an address")] = 300.0
    cron_grace: Annotated[Limit, _says("how long after its start a CronJob's run may be over and not yet counted")] = (
        300.0
    )
    ceph_nearfull: Annotated[Limit, _says("use of Ceph that is a warning")] = 85.0
    ceph_full: Annotated[Limit, _says("use of Ceph that is critical")] = 95.0
    ceph_report_age: Annotated[Limit, _says("how old Rook's last look at Ceph may be; it looks every minute")] = 300.0
    ceph_grace: Annotated[Limit, _says("how long Rook may take to make a cluster ready")] = 900.0
    flux_grace: Annotated[Limit, _says("how long Flux may take to look at a new or changed object")] = 300.0
    flux_progress: Annotated[Limit, _says("how long Flux may be at work on one object")] = 900.0
