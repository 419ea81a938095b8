"""The numbers that the checks compare with."""

from __future__ import annotations

import msgspec


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of the checks, with the documented defaults. Rates are restarts a day, times seconds, shares percent."""

    restarts_per_day: float = 5.0
    """For pods of a day to a week."""
    restarts_first_day: float = 3.0
    """Restarts in all that a pod younger than a day may have."""
    restarts_per_day_old: float = 1.0
    """For pods older than a week."""
    pod_grace: float = 300.0
    """How long a pod may take to be scheduled, to start and to become ready, and to end once it is deleted."""
    out_of_memory_window: float = 86_400.0
    """How long an out-of-memory kill stays news."""
    rollout_grace: float = 600.0
    """How long a workload may be behind while it is being changed."""
    claim_grace: float = 300.0
    """How long a claim may be pending."""
    address_grace: float = 300.0
    """How long a Service of type LoadBalancer may be without an address."""
    cron_lag: float = 86_400.0
    """How much older than its last start a CronJob's last success may be."""
    ceph_nearfull: float = 85.0
    ceph_full: float = 95.0
    ceph_report_age: float = 300.0
    """How old Rook's last look at Ceph may be; it looks every minute."""
    flux_grace: float = 300.0
    """How long a Flux object may be not ready or behind its own generation."""
