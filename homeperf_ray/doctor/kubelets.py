"""What ``--kubelet`` takes: the permission that is enough, and the one that allows far more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from homeperf_ray.checks.registry import by_domain
from homeperf_ray.doctor.diagnosis import Diagnosis, Missing, Status
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.kubelets import PROXY, STATS
from homeperf_ray.kube.review import Permission, Reviewed

PERMISSIONS: tuple[Permission, ...] = (STATS, PROXY)
"""What a server is asked about. Only the first is ever in a rule that is printed to be applied."""

DANGER = "whoever may `get nodes/proxy` may run commands in every pod of the cluster, by a WebSocket to its kubelet"

_RULE = "{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}"


def asked(job: CheckJob) -> bool:
    """Whether a check of this job asks kubelets."""
    return job.kubelet and bool(by_domain(job.domains, "kubelet"))


def missing(reviewed: Sequence[Reviewed], job: CheckJob) -> tuple[Missing, ...]:
    """``nodes/stats``, where no way is open to the user without it."""
    stats, proxy = (one.allowed for one in reviewed)
    titles = tuple(check.title for check in by_domain(job.domains, "kubelet"))
    unsaid = any(one.error is not None for one in reviewed)
    return () if stats or proxy or unsaid else (Missing(STATS, titles, loud=True),)


def diagnoses(reviewed: Sequence[Reviewed]) -> Iterator[Diagnosis]:
    """On which way kubelets can be asked, and what the permission for it lets do beside."""
    for one in reviewed:
        if one.error is not None:
            yield Diagnosis("kubelets", "warning", one.error.message, one.error.hint)
            return
    stats, proxy = (one.allowed for one in reviewed)
    if stats:
        yield Diagnosis(
            "kubelets", "ok", "the user may get nodes/stats: kubelets that can be verified are asked directly"
        )
    elif not proxy:
        message = "the user may get neither nodes/stats nor nodes/proxy: how full volumes are is not judged"
        hint = (
            "Apply the rule for nodes/stats below; it is enough where kubelets can be reached from here and the "
            f"cluster has signed their certificates. Else there is {_RULE}, but {DANGER}."
        )
        yield Diagnosis("kubelets", "warning", message, hint)
    if proxy:
        status: Status = "note" if stats else "warning"
        hint = "Where kubelets can be reached and verified, nodes/stats is enough: see docs/volumes.md."
        yield Diagnosis("kubelets", status, f"the user may get nodes/proxy: {DANGER}", hint)
