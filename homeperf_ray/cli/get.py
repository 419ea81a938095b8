"""``homeperf get``: several kinds, namespaces and contexts in one parallel run."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
import msgspec

from homeperf_ray.cli.failure import failing, sentences
from homeperf_ray.cli.options import (
    budget_options,
    clusters_options,
    config_options,
    request_option,
    runner_option,
    settings,
    timings_options,
)
from homeperf_ray.config.settings import Settings
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.escape import safe

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from homeperf_ray.actors.client import Client
    from homeperf_ray.executor.outcome import Failure
    from homeperf_ray.objects.job import GetJob, Wanted
    from homeperf_ray.objects.outcome import Gathering

    Came = tuple[Gathering, float, bytes]
    """What came of one context, when it began (Unix time), and its timings as finished Parquet bytes."""


def _kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
    from homeperf_ray.cli import candidates

    return candidates.kinds(ctx, param, incomplete)


@click.command("get")
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="KIND[,KIND]... [NAME]... | KIND/NAME...",
    shell_complete=_kinds,
)
@clusters_options
@runner_option
@click.option("-l", "--selector", default="", metavar="LABELS", help="Only objects with these labels.")
@click.option("--field-selector", default="", metavar="FIELDS", help="Only objects with these fields.")
@click.option(
    "-o",
    "--output",
    "shape",
    type=click.Choice(["table", "wide", "json", "yaml", "jsonl", "name"]),
    default="table",
    show_default=True,
    help="Format of what goes to stdout.",
)
@click.option("--no-headers", is_flag=True, help="Print no headers.")
@budget_options
@request_option
@timings_options
@config_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    words: tuple[str, ...],
    selector: str,
    field_selector: str,
    shape: str,
    no_headers: bool,
    **_: Any,
) -> int:
    """Print objects as kubectl does: of several kinds, namespaces and contexts in one run, all at once.

    Without -n and -A, objects of the context's own namespace. All requests are sent side by side under one budget;
    what cannot be read is told on stderr, and the rest is printed all the same.

    Exit code: 0 if everything that was asked for came, else 3.
    """
    from homeperf_ray.render import objects as rendering

    said = settings(ctx)
    wanted = _wanted(words)
    if any(one.names for one in wanted):
        _refuse(selector, field_selector, all_namespaces=said["all-namespaces"])
    asked = _jobs(said, wanted, rendering.FORMS.get(shape, "object"), selector, field_selector)
    gathered = _gathered(said, asked)
    for line in rendering.output(gathered, shape, headers=not no_headers):
        click.echo(line)
    for line in _told(gathered, shape):
        click.echo(line, err=True)
    return 0 if all(gathering.whole for gathering in gathered) else 3


def _wanted(words: Sequence[str]) -> tuple[Wanted, ...]:
    """Read ``pods,svc``, ``pods web-0 web-1`` or ``pod/web-0 svc/web``."""
    from homeperf_ray.objects.job import Wanted

    if any("/" in word for word in words):
        pairs = [word.partition("/") for word in words]
        for word, (kind, _, name) in zip(words, pairs, strict=True):
            if not kind or not name or "/" in name:
                raise click.UsageError(f"{word!r} is no KIND/NAME, and KIND/NAME cannot be mixed with other words")
        return tuple(Wanted(kind, (name,)) for kind, _, name in pairs)
    if not all(words):
        raise click.UsageError("one of the names is empty")
    kinds = [kind.strip() for kind in words[0].split(",") if kind.strip()]
    if not kinds:
        raise click.UsageError("name a kind, such as pods")
    return tuple(Wanted(kind, tuple(dict.fromkeys(words[1:]))) for kind in dict.fromkeys(kinds))


def _refuse(selector: str, field_selector: str, *, all_namespaces: bool) -> None:
    if selector or field_selector:
        raise click.UsageError("names and a selector exclude each other")
    if all_namespaces:
        raise click.UsageError("an object is named in its namespace: leave -A out, or the name")


def _jobs(said: Settings, wanted: tuple[Wanted, ...], form: Any, selector: str, field_selector: str) -> list[GetJob]:
    from homeperf_ray.cli.clusters import accesses
    from homeperf_ray.objects.job import GetJob

    with failing():
        contexts = accesses(said["kubeconfig"], said["context"], all_contexts=said["all-contexts"])
    run = f"{time.time_ns():x}-{os.getpid():x}"
    return [
        GetJob(
            run=run if len(contexts) == 1 else f"{run}-{number}",
            access=access,
            wanted=wanted,
            form=form,
            namespaces=None if said["all-namespaces"] else tuple(dict.fromkeys(said["namespace"])),
            label_selector=selector,
            field_selector=field_selector,
            concurrency=said["concurrency"],
            qps=said["qps"],
            burst=said["burst"],
            timeout=said["timeout"],
            request_timeout=said["request-timeout"],
        )
        for number, access in enumerate(contexts)
    ]


def _gathered(said: Settings, asked: Sequence[GetJob]) -> list[Gathering]:
    """Run the jobs, and keep their timings."""
    from homeperf_ray.cli.timings import Keeping

    with failing():
        came = _there(said, asked) or _here(said, asked)
    keeping = Keeping.of(said)
    if keeping.timings:
        for job, (_, started, timings) in zip(asked, came, strict=True):
            if timings:
                keeping.keep(timings, run=job.run, started=started)
    return [gathering for gathering, _, _ in came]


def _there(said: Settings, asked: Sequence[GetJob]) -> list[Came] | None:
    """Run the jobs on a runtime over a connection each; None, and a line on stderr, where it is not well and need not
    be. Raises KubeError where it must.
    """
    if said["runner"] not in ("auto", "ray"):
        return None
    must = said["runner"] == "ray"
    from homeperf_ray.actors.client import RuntimeGone
    from homeperf_ray.cli.drive import client_of, side_by_side

    clients: list[Client] = []
    try:
        for _ in asked:
            client = client_of(must=must)
            if client is None:
                return None
            clients.append(client)
        if len(asked) == 1:
            return [_one_there(clients[0], asked[0])]
        return side_by_side(_one_there, clients, asked)
    except RuntimeGone as error:
        if must:
            raise
        click.echo(f"homeperf: running locally: {error.message}", err=True)
        return None
    finally:
        for client in clients:
            client.close()


def _one_there(client: Client, job: GetJob) -> Came:
    from homeperf_ray.actors.client import RuntimeGone
    from homeperf_ray.actors.protocol import Anew, Piece
    from homeperf_ray.cli.folders import cache_folder
    from homeperf_ray.executor.outcome import Failure
    from homeperf_ray.objects.outcome import Gathering
    from homeperf_ray.objects.receive import Receiving

    started, receiving = time.time(), Receiving(job.form)

    def take(answer: Piece | Anew) -> None:
        if isinstance(answer, Piece):
            receiving.take(answer.path, answer.body)
        else:
            receiving.begin(answer.path)

    try:
        found = client.get(msgspec.msgpack.encode(job), str(cache_folder()), job.timeout, take)
    except RuntimeGone:
        raise
    except KubeError as error:
        failed = Gathering(context=job.access.context or "current-context", failures=(Failure.of(error),))
        return failed, started, b""
    return receiving.gathering(found.gathering, found.target), started, found.timings


def _here(said: Settings, asked: Sequence[GetJob]) -> list[Came]:
    from homeperf_ray.cli.folders import budget_folder, cache_folder
    from homeperf_ray.objects.run import run

    jobs = [msgspec.structs.replace(job, concurrency=1) if said["runner"] == "serial" else job for job in asked]
    gathered = run(jobs, cache_dir=cache_folder(), budget_dir=budget_folder())
    if said["no-timings"]:
        return [(one, 0.0, b"") for one in gathered]
    from homeperf_ray.timings.dataset import encode

    return [
        (one, one.operations[0].started, encode(one.operations)) if one.operations else (one, 0.0, b"")
        for one in gathered
    ]


def _told(gathered: Sequence[Gathering], shape: str) -> list[str]:
    """What is missing, what was chosen, what is dubious."""
    lines: list[str] = []
    for gathering in gathered:
        lines += [f"homeperf: warning: {safe(warning)}" for warning in gathering.warnings]
        lines += [f"homeperf: {safe(note)}" for note in gathering.notes]
        failures = [*gathering.failures, *(got.failure for got in gathering.got if got.failure)]
        for failure in dict.fromkeys(failures):
            lines += _sentences(failure, gathering.context if len(gathered) > 1 else "")
    found = any(got.count for one in gathered for got in one.got)
    if shape in ("table", "wide", "name") and not found and all(gathering.whole for gathering in gathered):
        lines.append(f"No resources found{_where(gathered)}.")
    return lines


def _sentences(failure: Failure, context: str) -> list[str]:
    lead = f"{context}: " if context else ""
    return sentences(KubeError(f"{lead}{failure.message}", failure.hint))


def _where(gathered: Sequence[Gathering]) -> str:
    places = {got.part.request.namespace for one in gathered for got in one.got if got.part.request.namespace}
    return f" in {', '.join(sorted(places))}" if places else ""
