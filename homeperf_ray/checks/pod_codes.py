"""What can be wrong with a pod."""

from __future__ import annotations

from homeperf_ray.checks.finding import Code

_DESCRIBE = "kubectl -n {namespace} describe pod {name}"
_LAST_WORDS = "kubectl -n {namespace} logs {name} -c {part} --previous"
_ALL_LAST_WORDS = "kubectl -n {namespace} logs {name} --all-containers --previous --ignore-errors"
_LOGS = "kubectl -n {namespace} logs {name} --all-containers --ignore-errors"
_DELETE = "When read: kubectl -n {namespace} delete pod {name}"

CRASHING = Code("HP201", "a container crashes again and again", "critical", _LAST_WORDS, aid=("events", "logs"))
NO_IMAGE = Code("HP202", "an image cannot be pulled", "critical", _DESCRIBE, aid=("events",))
NOT_CREATED = Code("HP203", "a container cannot be made", "critical", _DESCRIBE, aid=("events",))
UNSCHEDULED = Code("HP204", "no node takes a pod", "critical", _DESCRIBE, ("pod_grace",))
FAILED_OWNED = Code("HP205", "a pod has failed and is left over", "warning", _LOGS, aid=("logs",))
EVICTED = Code("HP206", "a pod was evicted", "warning", _DELETE, aid=("events",))
OUT_OF_MEMORY = Code(
    "HP207", "a container ran out of memory", "warning", _DESCRIBE, ("out_of_memory_window",), aid=("events",)
)
NOT_READY = Code("HP208", "a running pod is not ready", "warning", _DESCRIBE, ("pod_grace",), aid=("events", "logs"))
INIT_FAILING = Code("HP209", "an init container fails", "critical", _LAST_WORDS, ("pod_grace",), aid=("events", "logs"))
LOST = Code("HP210", "a pod's node has stopped reporting", "critical", "kubectl get nodes -o wide")
STUCK_ENDING = Code("HP211", "a deleted pod does not go away", "warning", _DESCRIBE, ("pod_grace",), aid=("events",))
STUCK_STARTING = Code("HP212", "a pod does not start", "critical", _DESCRIBE, ("pod_grace",), aid=("events",))
RESTARTING = Code(
    "HP213",
    "a pod restarts too often for its age",
    "warning",
    _ALL_LAST_WORDS,
    ("restarts_first_day", "restarts_per_day", "restarts_per_day_old"),
    ("logs",),
)
FAILED_ALONE = Code("HP214", "a pod has failed and nothing will replace it", "critical", _LOGS, aid=("logs",))

POD_CODES = (
    CRASHING,
    NO_IMAGE,
    NOT_CREATED,
    UNSCHEDULED,
    FAILED_OWNED,
    EVICTED,
    OUT_OF_MEMORY,
    NOT_READY,
    INIT_FAILING,
    LOST,
    STUCK_ENDING,
    STUCK_STARTING,
    RESTARTING,
    FAILED_ALONE,
)
