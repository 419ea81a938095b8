"""What the operator of a cluster's runtime has decided, and what a client's job may hold there."""

from __future__ import annotations

import math
import re

import msgspec

from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.request import Access

PORT = 7443

LONGEST = 600.0
"""Seconds that a job may take."""

_RUN = re.compile(r"[0-9A-Za-z-]{1,64}")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_BOUNDS = {"concurrency": (1, 64), "details": (0, 50), "burst": (1, 1_000_000)}
_LISTED = 5000
"""Namespaces, overrides or suppressions of one job."""


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """Where a Gateway listens, and what it reads: one server, as one identity, within one budget.

    It names files and holds no secret. ``access`` is read on every node of the cluster; without kubeconfig it stands
    for the pods' own ServiceAccount. ``credentials`` is the folder of certificate, key and token.
    """

    host: str
    port: int
    credentials: str
    access: Access
    qps: float = 50.0
    burst: int = 100

    def vetted(self, job: CheckJob) -> CheckJob:
        """The job as it may run here: with this runtime's credentials, within its budget.

        Raises ConfigError for a job that names a kubeconfig or another context, or that no homeperf would have sent.
        """
        if job.access.kubeconfig:
            raise ConfigError(
                "the runtime of a cluster reads with its own credentials and takes no kubeconfig from a client",
                "Leave --kubeconfig out, or run without the runtime: --runner local",
            )
        if job.access.context not in ("", self.access.context):
            raise ConfigError(
                f"this runtime does not serve a context {job.access.context[:80]!r}",
                "Leave --context out, or run without the runtime: --runner local",
            )
        if fault := _fault(job):
            raise ConfigError(f"the job cannot be run: {fault}", "Correct the option.")
        return msgspec.structs.replace(
            job,
            access=self.access,
            qps=min(job.qps, self.qps),
            burst=min(job.burst, self.burst),
            timeout=min(job.timeout, LONGEST),
            request_timeout=min(job.request_timeout, LONGEST),
            kubelet_access="proxy" if job.kubelet_access == "proxy" else "auto",
            kubelet_insecure=False,
        )


def _fault(job: CheckJob) -> str:
    """What is wrong with the values of a job that came from elsewhere; empty where nothing is."""
    for name in ("qps", "timeout", "request_timeout"):
        value = getattr(job, name)
        if not (math.isfinite(value) and value > 0):
            return f"{name} is not a number above 0"
    if not (math.isfinite(job.max_age) and job.max_age >= 0):
        return "max_age is not a time"
    for name, (least, most) in _BOUNDS.items():
        if not least <= getattr(job, name) <= most:
            return f"{name} is not between {least} and {most}"
    if not _RUN.fullmatch(job.run) or any(not _NAMESPACE.fullmatch(name) for name in job.namespaces or ()):
        return "its run, or a namespace, is called what none can be called"
    if max(len(job.namespaces or ()), len(job.suppressions), len(job.thresholds.overrides)) > _LISTED:
        return f"it lists more than {_LISTED} things"
    return ""
