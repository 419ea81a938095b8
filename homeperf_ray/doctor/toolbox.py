"""What ``--exec`` takes: permissions that allow more than homeperf does with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from homeperf_ray.checks.registry import by_domain
from homeperf_ray.doctor.diagnosis import Diagnosis
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.plan import Plan
from homeperf_ray.kube.resources import CEPH_CLUSTERS, PODS
from homeperf_ray.kube.review import Permission
from homeperf_ray.kube.toolbox import COMMANDS, NAMESPACE

_MINOR = re.compile(r"v?1\.(\d+)")

_CREATES = 35
"""From this minor version on the server wants ``create`` too, beside the ``get`` of the request."""


def permissions(namespaces: Sequence[str] | None, version: str = "") -> tuple[Permission, ...]:
    """What asking the toolbox uses, in the namespaces named, else where Rook keeps it; of any server for no version."""
    found = _MINOR.match(version)
    verbs = ("get", "create") if found is None or int(found[1]) >= _CREATES else ("get",)
    wanted: list[Permission] = []
    for place in namespaces or (NAMESPACE,):
        wanted.append(Permission("list", PODS, place))
        wanted += [Permission(verb, PODS, place, "exec") for verb in verbs]
    return tuple(wanted)


def asked(job: CheckJob, plan: Plan) -> bool:
    """Whether a check of this job asks the toolbox."""
    return job.exec and bool(by_domain(job.domains, "exec")) and CEPH_CLUSTERS not in plan.unserved


def warning(namespaces: Sequence[str] | None) -> Iterator[Diagnosis]:
    """What the permission allows beside what it is wanted for."""
    where = ", ".join(namespaces or (NAMESPACE,))
    commands = ", ".join(f"ceph {' '.join(command)}" for command in COMMANDS)
    message = (
        f"pods/exec in {where} lets whoever has it run any command in every pod there, "
        f"and with Ceph's key in the toolbox destroy all data; homeperf runs {commands} and nothing else"
    )
    hint = "Grant it in that namespace alone, to a user who is used for nothing else; without --exec it is not needed."
    yield Diagnosis("exec", "warning", message, hint)
