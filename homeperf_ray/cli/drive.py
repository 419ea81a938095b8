"""Drive jobs to their reports, through a runtime or in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from homeperf_ray.cli.jobs import away
from homeperf_ray.config.settings import Settings
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.report import Report
from homeperf_ray.kube.errors import KubeError, Unreachable
from homeperf_ray.render.progress import ProgressLine

if TYPE_CHECKING:
    from homeperf_ray.actors.client import Client
    from homeperf_ray.actors.remote import Endpoint

J = TypeVar("J")
R = TypeVar("R")


class Result(NamedTuple):
    """A report, the run's timings as finished Parquet bytes, and those of its probes where there were any."""

    report: Report
    timings: bytes
    probes: bytes = b""


class Route(NamedTuple):
    """Which runner, and the Gateway of a cluster where the user named one."""

    runner: str
    endpoint: Endpoint | None = None

    @classmethod
    def of(cls, said: Settings) -> Route:
        """What the settings say. Raises ConfigError where the Gateway's token cannot be read."""
        return cls(said["runner"], endpoint_of(said) if away(said) else None)


def endpoint_of(said: Settings) -> Endpoint:
    """The Gateway at the address of the settings. Raises ConfigError where its token cannot be read."""
    from homeperf_ray.actors.remote import Endpoint, default_token

    return Endpoint.of(
        said["address"],
        said["gateway-token-file"] or "",
        said["gateway-ca"] or "",
        said["gateway-fingerprint"] or "",
        default_token(),
        os.environ,
    )


def drive(jobs: Sequence[CheckJob], route: Route, *, progress: bool = True) -> list[Result]:
    """Run jobs at once, on the runner that was asked for; ``auto`` takes a runtime that is up and well, else this
    process. The results come in the order of the jobs. A Gateway that the user named is never replaced by this process,
    which might read another cluster.

    Raises KubeError, with what to do, where nothing could be run at all; of several jobs the one that could not be
    run has a report that says why.
    """
    runner = route.runner
    if runner in ("auto", "ray"):
        answers = _there(jobs, ProgressLine(progress), route)
        if answers is not None:
            return answers
    return _here(jobs, ProgressLine(progress), serial=runner == "serial")


def _there(jobs: Sequence[CheckJob], line: ProgressLine, route: Route) -> list[Result] | None:
    """Run jobs on the runtime; None, and a line on stderr, where it is not well and need not be."""
    must = route.runner == "ray" or route.endpoint is not None
    from homeperf_ray.actors.client import RuntimeGone

    clients: list[Client] = []
    try:
        for _ in jobs:
            client = route.endpoint.connect() if route.endpoint else client_of(must=must)
            if client is None:
                return None
            clients.append(client)
        with line:
            if len(jobs) == 1:
                return [_asked(clients[0], jobs[0], line)]
            return _all_asked(clients, jobs, line)
    except RuntimeGone as error:
        if must:
            raise
        click.echo(f"homeperf: running locally: {error.message}", err=True)
        return None
    finally:
        for client in clients:
            client.close()


def client_of(*, must: bool) -> Client | None:
    """A client of the runtime on this machine; None where it is not well and need not be. Raises Unreachable."""
    from homeperf_ray.actors.client import LONG_PATIENCE, PATIENCE, Unavailable, connect

    found = connect(patience=LONG_PATIENCE if must else PATIENCE)
    if not isinstance(found, Unavailable):
        return found
    if must:
        raise Unreachable(found.reason, found.hint)
    if found.noteworthy:
        click.echo(f"homeperf: running locally: {found.reason}", err=True)
    return None


def _asked(client: Client, job: CheckJob, line: ProgressLine) -> Result:
    answer = client.check(job, lambda *counts: line.show(*counts, of=job.run))
    return Result(answer.report, answer.timings)


def _all_asked(clients: Sequence[Client], jobs: Sequence[CheckJob], line: ProgressLine) -> list[Result]:
    """Ask for several jobs over a connection each. Raises RuntimeGone."""
    from homeperf_ray.actors.client import RuntimeGone
    from homeperf_ray.executor.parallel import unreached
    from homeperf_ray.timings.dataset import encode

    def one(client: Client, job: CheckJob) -> Result:
        try:
            return _asked(client, job, line)
        except RuntimeGone:
            raise
        except KubeError as error:
            return Result(unreached(job, error, runner="ray"), encode([]))

    return side_by_side(one, clients, jobs)


def side_by_side(ask: Callable[[Client, J], R], clients: Sequence[Client], jobs: Sequence[J]) -> list[R]:
    """What is answered to each job, over a connection each. Where one raises, or the user interrupts, all end."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(jobs)) as threads:
        try:
            return list(threads.map(ask, clients, jobs))
        except BaseException:
            for client in clients:
                client.hang_up()
            raise


def _here(jobs: Sequence[CheckJob], line: ProgressLine, *, serial: bool) -> list[Result]:
    from homeperf_ray.cli.folders import budget_folder, cache_folder
    from homeperf_ray.executor.local import run_local
    from homeperf_ray.timings.dataset import encode

    with line:
        ran = run_local(
            jobs,
            serial=serial,
            discovery_dir=cache_folder(),
            budget_dir=budget_folder(),
            processor_of=lambda job: line.of(job.run),
        )
    return [Result(report, encode(rows)) for report, rows in ran]
