"""``homeperf validate``: manifests before they are committed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homeperf_ray.cli.color import color
from homeperf_ray.cli.failure import show
from homeperf_ray.cli.options import config_options, option, runner_option, settings
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.escape import safe

if TYPE_CHECKING:
    from homeperf_ray.config.settings import Settings
    from homeperf_ray.executor.validation import ValidateJob, Validation

_NAME = re.compile(r"[A-Za-z_]\w*")
_FORMATS = ("table", "json", "jsonl", "junit", "sarif", "name")


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(), metavar="PATH...")
@click.option(
    "--changed",
    is_flag=False,
    flag_value="HEAD",
    metavar="[REVISION]",
    help="Validate what git says differs from a revision, new files included.  [default: HEAD]",
)
@click.option("--kubernetes-version", metavar="1.N", help="Version to aim at.  [default: the newest that is carried]")
@click.option("--strict", is_flag=True, help="Unknown fields make a resource invalid, instead of a warning.")
@click.option(
    "--schemas",
    multiple=True,
    type=click.Path(file_okay=False),
    help="Folder of schemas of custom resources: GROUP/KIND_VERSION.json, or CustomResourceDefinitions.",
)
@click.option("--ignore-missing-schemas", is_flag=True, help="A kind without a schema does not decide the exit code.")
@click.option(
    "--render", is_flag=True, help="Also judge what kustomize builds, where kustomize or kubectl is installed."
)
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False),
    help="Folder in which references are looked up.  [default: the git checkout, else the folders named]",
)
@click.option(
    "--set", "given", multiple=True, metavar="VAR=VALUE", help="Value of a variable; it wins over the tree's."
)
@click.option("--env-file", type=click.Path(exists=True, dir_okay=False), help="File of VAR=VALUE lines.")
@click.option("--no-cache", is_flag=True, help="Neither use results of before nor keep new ones.")
@click.option(
    "-o", "--output", "shape", type=click.Choice(_FORMATS), default="table", show_default=True, help="Format on stdout."
)
@click.option("--cluster", is_flag=True, help="Take the version and the custom resources of the cluster as well.")
@option("kubeconfig", "Kubeconfig file to use, with --cluster.", metavar="FILE")
@click.option("--context", "of_context", metavar="NAME", help="Context of the kubeconfig; it implies --cluster.")
@option("fail-on", "What decides the exit code: warning counts everything, critical only what is invalid.")
@runner_option
@option("color", "Colour on stdout; auto has it on a terminal where NO_COLOR is not set.")
@config_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    changed: str | None,
    shape: str,
    ignore_missing_schemas: bool,
    **asked: Any,
) -> int:
    """Validate manifests by the schemas of Kubernetes and of custom resources, as Flux would apply them.

    PATH is a folder, a file, a glob, or - for stdin. All files of the git checkout are known, so that references,
    variables and kustomizations are understood even where a single file is named; only PATH is reported on.

    Exit code: 0 where everything is valid, 1 with findings, 3 where something could not be judged: a file that cannot
    be read, or a kind without a schema.
    """
    from homeperf_ray.executor.validation import validate
    from homeperf_ray.manifests.files import PathError
    from homeperf_ray.manifests.schemas import SchemaError
    from homeperf_ray.render.validation import render

    said = settings(ctx)
    try:
        job = _job(paths, changed, asked)
        if job and (asked["cluster"] or asked["of_context"]):
            job = _with_cluster(job, said, asked)
        found = _run(job, said["runner"]) if job else validate(_nothing(asked))
    except (PathError, SchemaError) as error:
        click.echo(f"homeperf: {safe(str(error))}", err=True)
        return 3
    except KubeError as error:
        show(error)
        return 3
    for line in render(found, shape):
        click.echo(line, color=color(said["color"], os.environ))
    return exit_code(found, said["fail-on"], ignore_missing=ignore_missing_schemas)


def exit_code(found: Validation, fail_on: str, *, ignore_missing: bool) -> int:
    """3 where something could not be judged, else 1 for findings that count, else 0."""
    counts = found.counts
    if counts.errors or (counts.unjudged and not ignore_missing):
        return 3
    severities = {fault.severity for file in found.files for fault in file.faults}
    counted = {"warning": {"critical", "warning"}, "critical": {"critical"}, "never": set()}[fail_on]
    return 1 if severities & counted else 0


def _with_cluster(job: ValidateJob, said: Settings, asked: dict[str, Any]) -> ValidateJob:
    """The job with the schemas of a cluster; those of the tree win. Raises KubeError."""
    import asyncio

    import msgspec

    from homeperf_ray.cli.clusters import accesses
    from homeperf_ray.cli.folders import budget_folder, cache_folder
    from homeperf_ray.executor.cluster_schemas import nearest, read_schemas
    from homeperf_ray.limits.lease import Budget
    from homeperf_ray.manifests.bundled import versions

    (access,) = accesses(said["kubeconfig"], [asked["of_context"] or ""], all_contexts=False)
    reading = read_schemas(
        access,
        budget=Budget(said["qps"], said["burst"]),
        budget_dir=budget_folder(),
        timeout=said["timeout"],
        folder=cache_folder(),
    )
    live = asyncio.run(reading)
    options = job.options
    if not asked["kubernetes_version"]:
        carried = nearest(live.version, versions())
        if carried != live.version:
            told = f"the cluster is {live.version}; validating by the schemas of {carried}, the nearest that is carried"
            click.echo(f"homeperf: {told}", err=True)
        options = msgspec.structs.replace(options, version=carried)
    options = msgspec.structs.replace(options, extra=msgspec.msgpack.encode(live.rows) if live.rows else b"")
    return msgspec.structs.replace(job, options=options)


def _run(job: ValidateJob, runner: str) -> Validation:
    """Validate on the runner that was asked for. Raises KubeError where a runtime must be there and is not."""
    from homeperf_ray.executor.validation import validate

    if runner in ("auto", "ray"):
        from homeperf_ray.cli.runtime_judge import RuntimeJudge

        return validate(job, RuntimeJudge(must=runner == "ray"))
    return validate(job, processes=1 if runner == "serial" else None)


def _nothing(asked: dict[str, Any]) -> ValidateJob:
    """A job without files, for ``--changed`` where nothing has."""
    from homeperf_ray.executor.validation import ValidateJob

    return ValidateJob(files=(), root=os.devnull, options=_options(asked))


def _job(paths: Sequence[str], changed: str | None, asked: dict[str, Any]) -> ValidateJob | None:
    """The job of a command line; None where nothing is left to validate. Raises PathError."""
    from homeperf_ray.cli.folders import cache_folder
    from homeperf_ray.executor.validation import ValidateJob
    from homeperf_ray.manifests import files

    if not paths and changed is None:
        raise files.PathError("nothing to validate: name folders, files or globs, - for stdin, or say --changed")
    stdin = None
    if "-" in paths:
        if len(paths) > 1 or changed is not None:
            raise files.PathError("- stands alone: stdin is validated by itself")
        stdin, paths = sys.stdin.buffer.read(), ()
    first = Path(paths[0]) if paths else Path.cwd()
    folder = (first if first.is_dir() else first.parent).resolve()
    listed = files.expand(paths)
    if changed is not None:
        differing = files.changed(changed, folder)
        inside = {one.resolve() for one in listed}
        listed = [one for one in differing if not paths or one.resolve() in inside]
        if not listed:
            return None
    root = asked["root"] or _root(paths, folder)
    return ValidateJob(
        files=tuple(map(str, listed)),
        root=str(root),
        options=_options(asked),
        given=_given(asked),
        stdin=stdin,
        cache=None if asked["no_cache"] else str(cache_folder()),
        render=asked["render"],
    )


def _root(paths: Sequence[str], folder: Path) -> Path:
    from homeperf_ray.manifests.files import repository

    checkout = repository(folder)
    if checkout is not None:
        return checkout
    folders = [one if one.is_dir() else one.parent for one in (Path(text).resolve() for text in paths)]
    existing = [str(one) for one in folders if one.is_dir()]
    return Path(os.path.commonpath(existing)) if existing else folder


def _options(asked: dict[str, Any]) -> Any:
    from homeperf_ray.manifests.batch import Options
    from homeperf_ray.manifests.bundled import versions
    from homeperf_ray.manifests.files import PathError

    carried = versions()
    version = carried[-1]
    if wanted := asked["kubernetes_version"]:
        parts = re.fullmatch(r"v?(1\.\d+)(\.\d+)?([-+].*)?", wanted)
        if not parts or parts.group(1) not in carried:
            raise PathError(f"no schemas of Kubernetes {wanted}: {carried[0]} to {carried[-1]} are carried")
        version = parts.group(1)
    return Options(version, asked["strict"], tuple(str(Path(one).absolute()) for one in asked["schemas"]))


def _given(asked: dict[str, Any]) -> dict[str, str]:
    """The variables of ``--env-file`` and ``--set``. Raises PathError."""
    from homeperf_ray.manifests.files import PathError

    lines: list[str] = []
    if asked["env_file"]:
        try:
            text = Path(asked["env_file"]).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise PathError(f"{asked['env_file']}: cannot be read as text") from None
        lines = [line.strip().removeprefix("export ") for line in text.splitlines()]
        lines = [line for line in lines if line and not line.startswith("#")]
    found: dict[str, str] = {}
    for line in (*lines, *asked["given"]):
        name, equals, value = line.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise PathError(f"{name!r} is no variable: write VAR=VALUE")
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        found[name] = value[1:-1] if quoted and line in lines else value
    return found
