"""The checks that a job asks for."""

from __future__ import annotations

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.registry import by_domain
from homeperf_ray.executor.job import CheckJob


def chosen(job: CheckJob) -> tuple[Check, ...]:
    """The checks of the job's domains that judge what is read: lists, and statistics of kubelets where those are
    wanted.
    """
    return (*by_domain(job.domains), *(by_domain(job.domains, "kubelet") if job.kubelet else ()))
