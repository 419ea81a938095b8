"""Evaluation: one check over one snapshot."""

from __future__ import annotations

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Finding, Judgement
from homeperf_ray.checks.registry import CODES
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds


def evaluated(check: Check, snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """What a check says. One that fails is a finding, not an exception."""
    try:
        return check.evaluate(snapshot, thresholds)
    except Exception as error:  # noqa: BLE001 - a defect in one check must not take the others with it
        code = CODES["HP003"]
        message = f"the check {check.name} failed: {type(error).__name__}: {error}"
        finding = Finding(code.id, code.severity, check.domain, "", f"Check/{check.name}", message, code.hint)
        return Judgement(check.name, 1, (finding,))
