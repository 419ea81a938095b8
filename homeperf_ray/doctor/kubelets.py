"""What ``--kubelet`` takes: the permission that is enough, and the one that allows far more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from homeperf_ray.checks.registry import by_domain
from homeperf_ray.doctor.diagnosis import Diagnosis, Missing, Status
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.kubelet_ways import Rights, barred, ways
from homeperf_ray.kube.kubelets import PROXY, STATS
from homeperf_ray.kube.request import KubeletAccess
from homeperf_ray.kube.review import Permission, Reviewed

PERMISSIONS: tuple[Permission, ...] = (STATS, PROXY)
"""What a server is asked about. Only the first is ever in a rule that is printed to be applied."""

DANGER = "whoever may `get nodes/proxy` may run commands in every pod of the cluster, by a WebSocket to its kubelet"

_RULE = "{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}"
_ENOUGH = "it is enough where kubelets can be reached from here and the cluster has signed their certificates"


def asked(job: CheckJob) -> bool:
    """Whether a check of this job asks kubelets."""
    return job.kubelet and bool(by_domain(job.domains, "kubelet"))


async def bar(connection: Connection, reviewed: Sequence[Reviewed], job: CheckJob) -> str:
    """Why kubelets are not shown the user's credential, as the end of a sentence; empty where they may be.

    Raises ConfigError where there is none.
    """
    credential = connection.identity.shown(await connection.identity.current())
    return barred(connection.target, credential, _rights(reviewed), job.kubelet_access, insecure=job.kubelet_insecure)


def missing(reviewed: Sequence[Reviewed], job: CheckJob) -> tuple[Missing, ...]:
    """``nodes/stats``, where no way is open to the user without it."""
    rights = _rights(reviewed)
    titles = tuple(check.title for check in by_domain(job.domains, "kubelet"))
    unsaid = any(one.error is not None for one in reviewed)
    open_to_all = rights.stats or bool(ways(job.kubelet_access, rights, ""))
    return () if open_to_all or unsaid else (Missing(STATS, titles, loud=True),)


def diagnoses(reviewed: Sequence[Reviewed], access: KubeletAccess = "auto", why_not: str = "") -> Iterator[Diagnosis]:
    """On which way kubelets can be asked, and what the permission for it lets do beside; ``why_not`` bars the direct
    one.
    """
    for one in reviewed:
        if one.error is not None:
            yield Diagnosis("kubelets", "warning", one.error.message, one.error.hint)
            return
    rights = _rights(reviewed)
    possible = ways(access, rights, why_not)
    if "direct" in possible:
        yield Diagnosis(
            "kubelets", "ok", "the user may get nodes/stats: kubelets that can be verified are asked directly"
        )
    elif rights.stats and access != "proxy":
        status: Status = "note" if possible else "warning"
        then = "they are asked through the API server" if possible else "how full volumes are is not judged"
        message = f"the user may get nodes/stats, but kubelets are not asked directly, as {why_not}: {then}"
        hint = "docs/volumes.md says whom credentials are shown to; best is a ServiceAccount that may get nodes/stats."
        yield Diagnosis("kubelets", status, message, hint)
    elif not possible:
        yield Diagnosis("kubelets", "warning", *_closed(access))
    if rights.proxy:
        status = "note" if rights.stats else "warning"
        hint = "Where kubelets can be reached and verified, nodes/stats is enough: see docs/volumes.md."
        yield Diagnosis("kubelets", status, f"the user may get nodes/proxy: {DANGER}", hint)


def _closed(access: KubeletAccess) -> tuple[str, str]:
    """That no way is open, and what opens one."""
    if access == "proxy":
        lacks = "may not get nodes/proxy, and kubelet-access proxy allows nothing else"
        hint = "Leave kubelet-access at auto: nodes/stats is enough where kubelets can be reached and verified."
    else:
        what = (
            "neither nodes/stats nor nodes/proxy" if access == "auto" else "no nodes/stats, which direct access takes"
        )
        lacks = f"may get {what}"
        hint = f"Apply the rule for nodes/stats below; {_ENOUGH}. Else there is {_RULE}, but {DANGER}."
    return f"the user {lacks}: how full volumes are is not judged", hint


def _rights(reviewed: Sequence[Reviewed]) -> Rights:
    stats, proxy = (one.allowed for one in reviewed)
    return Rights(stats, proxy)
