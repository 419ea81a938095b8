"""``homeperf validate``: manifests before they are committed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from homeperf_ray.cli.color import color
from homeperf_ray.cli.failure import show
from homeperf_ray.cli.options import (
    config_options,
    option,
    runner_option,
    settings,
    timings_options,
    validation_options,
)
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.escape import safe

if TYPE_CHECKING:
    from homeperf_ray.config.settings import Settings
    from homeperf_ray.executor.validation.job import ValidateJob
    from homeperf_ray.executor.validation.report import Validation

_FORMATS = ("table", "json", "jsonl", "junit", "sarif", "name")
_COUNTED = {"warning": {"critical", "warning"}, "critical": {"critical"}, "never": set[str]()}


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(), metavar="PATH...")
@click.option(
    "--changed",
    is_flag=False,
    flag_value="HEAD",
    metavar="[REVISION]",
    help="Validate what git says differs from a revision, new files included.  [default: HEAD]",
)
@validation_options
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False),
    help="Folder in which references are looked up.  [default: the git checkout, else the folders named]",
)
@click.option(
    "--set", "given", multiple=True, metavar="VAR=VALUE", help="Value of a variable; it wins over the tree's."
)
@click.option("--no-cache", is_flag=True, help="Neither use results of before nor keep new ones.")
@click.option(
    "-o", "--output", "shape", type=click.Choice(_FORMATS), default="table", show_default=True, help="Format on stdout."
)
@option("kubeconfig", "Kubeconfig file to use, with --cluster.", metavar="FILE")
@click.option("--context", "of_context", metavar="NAME", help="Context of the kubeconfig; it implies --cluster.")
@option("fail-on", "What decides the exit code: warning counts everything, critical only what is invalid.")
@runner_option
@timings_options
@option("color", "Colour on stdout; auto has it on a terminal where NO_COLOR is not set.")
@config_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    changed: str | None,
    root: str | None,
    given: tuple[str, ...],
    no_cache: bool,
    shape: str,
    of_context: str | None,
    **_: Any,
) -> int:
    """Validate manifests by the schemas of Kubernetes and of custom resources, as Flux would apply them.

    PATH is a folder, a file, a glob, or - for stdin. All files of the git checkout are known, so that references,
    variables and kustomizations are understood even where a single file is named; only PATH is reported on.

    Exit code: 0 where everything is valid, 1 with findings, 3 where something could not be judged: a file that cannot
    be read, or a kind without a schema.
    """
    from homeperf_ray.cli.manifests import job_of, with_cluster
    from homeperf_ray.manifests.files import PathError
    from homeperf_ray.manifests.schemas import SchemaError
    from homeperf_ray.render.validation import render

    said = settings(ctx)
    try:
        job = job_of(said, paths, changed, root, given, cache=not no_cache)
        if said["cluster"] or of_context:
            job = with_cluster(job, said, of_context)
        found = _run(job, said["runner"])
    except (PathError, SchemaError) as error:
        click.echo(f"homeperf: {safe(str(error))}", err=True)
        return 3
    except KubeError as error:
        show(error)
        return 3
    for line in render(found, shape):
        click.echo(line, color=color(said["color"], os.environ))
    _keep(found, job, said)
    return exit_code(found, said["fail-on"], ignore_missing=said["ignore-missing-schemas"])


def exit_code(found: Validation, fail_on: str, *, ignore_missing: bool) -> int:
    """3 where something could not be judged, else 1 for findings that count, else 0."""
    counts = found.counts
    if counts.errors or (counts.unjudged and not ignore_missing):
        return 3
    severities = {fault.severity for file in found.files for fault in file.faults}
    return 1 if severities & _COUNTED[fail_on] else 0


def _run(job: ValidateJob, runner: str) -> Validation:
    """Validate on the runner that was asked for. Raises KubeError where a runtime must be there and is not."""
    from homeperf_ray.executor.validation.run import validate

    if runner in ("auto", "ray"):
        from homeperf_ray.cli.runtime_judge import RuntimeJudge

        return validate(job, RuntimeJudge(must=runner == "ray"))
    return validate(job, processes=1 if runner == "serial" else None)


def _keep(found: Validation, job: ValidateJob, said: Settings) -> None:
    """Write the timings."""
    if said["no-timings"]:
        return
    from homeperf_ray.cli.timings import Keeping
    from homeperf_ray.timings.plain import encode_plainly

    Keeping.of(said).keep(encode_plainly(found.operations), run=job.run, started=found.started)
