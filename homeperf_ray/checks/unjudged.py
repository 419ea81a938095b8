"""Codes for what could not be judged; the executor gives them."""

from __future__ import annotations

from homeperf_ray.checks.finding import Code

FORBIDDEN = Code("HP001", "a resource may not be read", "error", "kubectl auth can-i --list")
UNREAD = Code("HP002", "a resource could not be read", "error", "kubectl get --raw '/readyz?verbose'")
CHECK_FAILED = Code(
    "HP003", "a check failed by a fault of its own", "error", "This is a defect of homeperf: please report it."
)
NO_NAMESPACE = Code("HP004", "a namespace does not exist", "error", "kubectl get namespaces")

UNJUDGED_CODES = (FORBIDDEN, UNREAD, CHECK_FAILED, NO_NAMESPACE)
