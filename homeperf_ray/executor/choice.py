"""The checks that a job asks for."""

from __future__ import annotations

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.registry import by_domain
from homeperf_ray.executor.job import CheckJob


def chosen(job: CheckJob) -> tuple[Check, ...]:
    """The checks of the job's domains, without those that want an option which the job has not."""
    given = {"", *(("kubelet",) if job.kubelet else ())}
    return tuple(check for check in by_domain(job.domains) if check.option in given)
