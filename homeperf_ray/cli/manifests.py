"""What a command line asks to validate, as a job."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeperf_ray.cli.folders import budget_folder, cache_folder
from homeperf_ray.config.settings import Settings
from homeperf_ray.manifests import files
from homeperf_ray.manifests.files import PathError
from homeperf_ray.manifests.reading import MAX_BYTES

if TYPE_CHECKING:
    from homeperf_ray.executor.validation.job import ValidateJob
    from homeperf_ray.manifests.batch import Options

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def job_of(
    said: Settings, paths: Sequence[str], changed: str | None, root: str | None, given: Sequence[str], *, cache: bool
) -> ValidateJob:
    """The job of a command line. Raises PathError."""
    from homeperf_ray.executor.validation.job import ValidateJob

    if not paths and changed is None:
        raise PathError("nothing to validate: name folders, files or globs, - for stdin, or say --changed")
    stdin = None
    if "-" in paths:
        if len(paths) > 1 or changed is not None:
            raise PathError("- stands alone: stdin is validated by itself")
        stdin, paths = sys.stdin.buffer.read(MAX_BYTES + 1), ()
    first = Path(paths[0]) if paths else Path.cwd()
    folder = (first if first.is_dir() else first.parent).resolve()
    listed = files.expand(paths)
    if changed is not None:
        differing = files.changed(changed, folder)
        inside = {one.resolve() for one in listed}
        listed = [one for one in differing if not paths or one.resolve() in inside]
    nothing = stdin is None and not listed
    return ValidateJob(
        files=tuple(map(str, listed)),
        root=os.devnull if nothing else str(root or _root(paths, folder)),
        options=_options(said),
        given=_given(said["env-file"], given),
        stdin=stdin,
        exclude=said["exclude"],
        suppressions=said.suppressions,
        cache=str(cache_folder()) if cache else None,
        render=said["render"],
        run=f"{time.time_ns():x}-{os.getpid():x}",
    )


def with_cluster(job: ValidateJob, said: Settings, context: str | None) -> ValidateJob:
    """The job with the schemas of a cluster; those of the tree win. Raises KubeError, and PathError."""
    import asyncio

    import msgspec

    from homeperf_ray.cli.clusters import accesses
    from homeperf_ray.executor.cluster_schemas import nearest, read_schemas
    from homeperf_ray.limits.lease import Budget
    from homeperf_ray.manifests.bundled import versions

    contexts = [context] if context else list(said["context"])
    if len(contexts) > 1:
        raise PathError(f"one cluster's schemas, not several: name one of {', '.join(contexts)} with --context")
    (access,) = accesses(said["kubeconfig"], contexts or [""], all_contexts=False)
    reading = read_schemas(
        access,
        budget=Budget(said["qps"], said["burst"]),
        budget_dir=budget_folder(),
        timeout=said["timeout"],
        folder=cache_folder(),
        carried=versions(),
    )
    live = asyncio.run(reading)
    options = job.options
    if not said["kubernetes-version"] and live.published:
        options = msgspec.structs.replace(options, version=live.version, published=live.published)
    elif not said["kubernetes-version"]:
        carried = nearest(live.version, versions())
        if carried != live.version:
            told = f"the cluster is {live.version}; validating by the schemas of {carried}, the nearest that is carried"
            click.echo(f"homeperf: {told}", err=True)
        options = msgspec.structs.replace(options, version=carried, aim=live.version)
    options = msgspec.structs.replace(options, extra=msgspec.msgpack.encode(live.rows) if live.rows else b"")
    return msgspec.structs.replace(job, options=options, operations=live.operations)


def _root(paths: Sequence[str], folder: Path) -> Path:
    checkout = files.repository(folder)
    if checkout is not None:
        return checkout
    folders = [one if one.is_dir() else one.parent for one in (Path(text).resolve() for text in paths)]
    existing = [str(one) for one in folders if one.is_dir()]
    return Path(os.path.commonpath(existing)) if existing else folder


def _options(said: Settings) -> Options:
    from homeperf_ray.manifests.batch import Options
    from homeperf_ray.manifests.bundled import versions

    carried = versions()
    version = said["kubernetes-version"] or carried[-1]
    if version not in carried:
        raise PathError(f"no schemas of Kubernetes {version}: {carried[0]} to {carried[-1]} are carried")
    return Options(version, said["strict"], tuple(str(Path(one).absolute()) for one in said["schemas"]))


def _given(env_file: str | None, given: Sequence[str]) -> dict[str, str]:
    """The variables of ``--env-file`` and ``--set``. Raises PathError."""
    found: dict[str, str] = {}
    if env_file:
        try:
            text = Path(env_file).read_text("utf-8-sig")
        except OSError as error:
            raise PathError(f"{env_file} cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise PathError(f"{env_file} cannot be read: it is no UTF-8 text") from None
        for number, line in enumerate(text.splitlines(), 1):
            stripped = line.strip().removeprefix("export ").lstrip()
            if stripped and not stripped.startswith("#"):
                name, value = _pair(stripped, f"{env_file}:{number}: ")
                quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
                found[name] = value[1:-1] if quoted else value
    found.update(_pair(one, "--set ") for one in given)
    return found


def _pair(text: str, where: str) -> tuple[str, str]:
    """A variable and its value. An error repeats no value, which may be a secret. Raises PathError."""
    name, equals, value = text.partition("=")
    if not equals:
        raise PathError(f"{where}this is no variable: write VAR=VALUE")
    if not _NAME.fullmatch(name):
        raise PathError(f"{where}{name!r} is no name of a variable: write VAR=VALUE")
    return name, value
