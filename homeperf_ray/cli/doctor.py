"""``homeperf doctor``: what is missing on this machine, in the configuration, or in the user's permissions."""

from __future__ import annotations

import difflib
import os
import shutil
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from homeperf_ray.cli.color import color
from homeperf_ray.cli.options import (
    budget_options,
    clusters_options,
    config_options,
    domain_argument,
    option,
    request_option,
    settings,
    timings_options,
)
from homeperf_ray.config.keys import KEYS
from homeperf_ray.config.settings import Settings

if TYPE_CHECKING:
    from homeperf_ray.doctor.diagnosis import Diagnosis, Examination

_PREFIX = "HOMEPERF_"
_NO_KEYS = {"CONFIG", "PROFILE", "RUNTIME_DIR", "WORKERS"}
"""Variables that are no keys of the configuration."""

_NEAR = 0.75
"""How alike two names must be, from 0 to 1, for one to be a slip of the other."""


@click.command("doctor")
@domain_argument
@clusters_options
@budget_options
@request_option
@option("no-secrets", "Read no Secrets, so ask for no permission to.")
@option("kubelet", "Ask for what asking the kubelets takes, too.")
@option("exec", "Ask for what asking Ceph in its toolbox takes, too.")
@option("details", "With 0, ask for no permission to read events and log lines.")
@click.option(
    "--print-rbac",
    is_flag=True,
    help="Print the least roles that a check needs, with a ServiceAccount that has them, and ask no server.",
)
@click.option(
    "-o",
    "--output",
    "shape",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Format of what goes to stdout.",
)
@option("color", "Colour on stdout; auto has it on a terminal where NO_COLOR is not set.")
@timings_options
@config_options
@click.pass_context
def command(ctx: click.Context, /, print_rbac: bool, shape: str, **_: Any) -> int:
    """Say what is missing: on this machine, in the configuration and the kubeconfig, and in your permissions.

    Every permission that a check of DOMAIN (by default of all) would use is asked for by a SelfSubjectAccessReview;
    for those that are missing the RBAC rules are printed, ready to be applied. Nothing is changed.

    Exit code: 0 where nothing is missing, 1 with warnings, 3 where no check could be done.
    """
    from homeperf_ray.render import doctor as rendering

    said = settings(ctx)
    if print_rbac:
        click.echo(_least(said), nl=False)
        return 0
    found = list(_examinations(said))
    if shape == "json":
        click.echo(rendering.as_json(found))
    else:
        for line in rendering.lines(found, shutil.get_terminal_size((120, 24)).columns):
            click.echo(line, color=color(said["color"], os.environ))
    return {"ok": 0, "warning": 1, "error": 3}[rendering.worst(found)]


def _least(said: Settings) -> str:
    """The roles for the domains and namespaces that were named, whatever the cluster serves."""
    from homeperf_ray.checks.finding import DOMAINS
    from homeperf_ray.checks.registry import by_domain
    from homeperf_ray.doctor import rbac, toolbox
    from homeperf_ray.doctor.permissions import used
    from homeperf_ray.kube.kubelets import STATS

    domains = said["domains"] or DOMAINS
    asking = by_domain(domains, "kubelet") if said["kubelet"] else ()
    permissions = used(
        (*by_domain(domains), *by_domain(domains, "probes"), *asking),
        tuple(dict.fromkeys(said["namespace"])) or None,
        secrets=not said["no-secrets"],
        detailed=said["details"] > 0,
    )
    permissions += (STATS,) if asking else ()
    if said["exec"] and by_domain(domains, "exec"):
        permissions += toolbox.permissions(tuple(dict.fromkeys(said["namespace"])) or None)
    return rbac.service_account(tuple(dict.fromkeys(permissions)))


def _examinations(said: Settings) -> Iterator[Examination]:
    from homeperf_ray.cli.folders import cache_folder
    from homeperf_ray.cli.timings import timings_folder
    from homeperf_ray.doctor.diagnosis import Examination
    from homeperf_ray.doctor.machine import machine

    folders = {"cache": cache_folder()} | ({} if said["no-timings"] else {"timings": timings_folder(said)})
    yield Examination(subject="this machine", diagnoses=(*machine(folders), _runtime(), *_configuration(said)))
    yield from _contexts(said)


def _runtime() -> Diagnosis:
    from homeperf_ray.actors.client import LONG_PATIENCE, Unavailable, connect
    from homeperf_ray.doctor.diagnosis import Diagnosis
    from homeperf_ray.kube.errors import KubeError

    client = connect(patience=LONG_PATIENCE)
    if isinstance(client, Unavailable):
        if client.noteworthy:
            return Diagnosis("runtime", "warning", client.reason, client.hint)
        return Diagnosis("runtime", "note", f"{client.reason}: checks run in their own process", client.hint)
    with client:
        try:
            state = client.status()
        except KubeError as error:
            return Diagnosis("runtime", "warning", error.message, error.hint)
    workers = f"{len(state.workers)} worker{'s' * (len(state.workers) != 1)}"
    return Diagnosis("runtime", "ok", f"up for {state.uptime:.0f} s with {workers}, version {state.version}")


def _configuration(said: Settings) -> Iterator[Diagnosis]:
    from homeperf_ray.doctor.diagnosis import Diagnosis

    yield from (Diagnosis("environment", "warning", fault, f"unset {name}") for name, fault in _misspelt(os.environ))
    if said.file is None:
        hint = "homeperf config init > FILE prints one to begin with; homeperf config path says where it belongs."
        yield Diagnosis("configuration", "note", "there is no file: the defaults hold", hint)
        return
    profile = f", profile {said.profile}" if said.profile else ""
    count = len(said.suppressed)
    yield Diagnosis("configuration", "ok", f"{said.file}{profile}, {count} suppression{'s' * (count != 1)}")
    yield from (
        Diagnosis("configuration", "warning", warning, f"Remove it from {said.file}, or give it a later date.")
        for warning in said.warnings
    )


def _misspelt(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Variables that were probably meant for homeperf, and that nothing reads.

    Others are left alone: in a pod beside a Service ``homeperf`` there is ``HOMEPERF_SERVICE_HOST``.
    """
    known = {key.variable.removeprefix(_PREFIX) for key in KEYS.values()} | _NO_KEYS
    for name in sorted(environ):
        word = name.removeprefix(_PREFIX)
        if name.startswith(_PREFIX) and word not in known:
            near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=_NEAR)
            if near:
                yield name, f"{name} is not read. Did you mean {_PREFIX}{near[0]}?"


def _contexts(said: Settings) -> list[Examination]:
    """Every context that was named, all at once; their timings are kept as a check's are."""
    import asyncio

    from homeperf_ray.cli.folders import budget_folder
    from homeperf_ray.cli.jobs import jobs
    from homeperf_ray.cli.timings import Keeping
    from homeperf_ray.doctor.cluster import examine
    from homeperf_ray.doctor.diagnosis import Diagnosis, Examination
    from homeperf_ray.kube.errors import KubeError
    from homeperf_ray.timings.dataset import encode

    try:
        asked = jobs(said, said["domains"])
    except KubeError as error:
        nothing = Diagnosis("kubeconfig", "error", error.message, error.hint)
        return [Examination(subject="the contexts", diagnoses=(nothing,))]
    examined = asyncio.run(examine(asked, budget_folder()))
    keeping = Keeping.of(said)
    for job, (_, operations) in zip(asked, examined, strict=True):
        if operations:
            keeping.keep(encode(operations), run=job.run, started=operations[0].started)
    return [examination for examination, _ in examined]
