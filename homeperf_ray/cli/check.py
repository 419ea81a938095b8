"""``homeperf check``: judge the cluster."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import click

from homeperf_ray.checks.finding import DOMAINS
from homeperf_ray.cli.failure import show
from homeperf_ray.cli.options import Duration, budget_options, cluster_options, did_you_mean, timings_options
from homeperf_ray.cli.round import Keeping, run_round
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.executor.report import Report
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.escape import safe


class DomainName(click.ParamType[str]):
    """The name of a domain."""

    name = "domain"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in DOMAINS:
            self.fail(f"{value!r} is not a domain: {', '.join(DOMAINS)}.{did_you_mean(value, DOMAINS)}", param, ctx)
        return str(value)


@click.command("check")
@click.argument("domains", nargs=-1, type=DomainName(), metavar="[DOMAIN]...")
@cluster_options
@click.option(
    "--runner",
    type=click.Choice(["auto", "serial", "local", "ray"]),
    default="auto",
    show_default=True,
    envvar="HOMEPERF_RUNNER",
    help="Where to run: ray where a runtime is up, else local; serial does one thing at a time.",
)
@budget_options
@click.option(
    "--max-age",
    type=Duration(),
    default="30s",
    show_default=True,
    envvar="HOMEPERF_MAX_AGE",
    help="Accept answers from the runtime's cache that are at most this old.",
)
@click.option("--fresh", is_flag=True, help="Accept no cached answer.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    envvar="HOMEPERF_OUTPUT",
    help="Format of what goes to stdout.",
)
@timings_options
@click.option("--since-last", is_flag=True, envvar="HOMEPERF_SINCE_LAST", help="Show what changed since the last run.")
@click.pass_context
def command(
    ctx: click.Context,
    domains: tuple[str, ...],
    kubeconfig: str | None,
    context: str | None,
    namespaces: tuple[tuple[str, ...], ...],
    all_namespaces: bool,
    runner: str,
    concurrency: int,
    qps: float,
    burst: int,
    timeout: float,
    max_age: float,
    fresh: bool,
    output: str,
    timings: Path | None,
    no_timings: bool,
    timings_keep: int,
    since_last: bool,
) -> int:
    """Judge the cluster: what is sick, worst first, and what to do about it.

    DOMAIN is one or more of nodes, workloads, storage, network, flux; all of them by default. Only what the chosen
    domains need is read.

    Exit code: 2 if anything is critical, else 3 if something could not be judged, else 1 for warnings, else 0.
    """
    named = tuple(dict.fromkeys(name for names in namespaces for name in names))
    if named and all_namespaces:
        raise click.UsageError("-n and -A exclude each other", ctx)
    from homeperf_ray.cli.clusters import accesses

    keeping = Keeping(not no_timings, timings, timings_keep)
    try:
        jobs = [
            CheckJob(
                run=f"{time.time_ns():x}-{os.getpid():x}",
                access=access,
                domains=tuple(domain for domain in DOMAINS if domain in domains or not domains),
                namespaces=named or None,
                concurrency=concurrency,
                qps=qps,
                burst=burst,
                timeout=timeout,
                max_age=0.0 if fresh else max_age,
            )
            for access in accesses(kubeconfig, (context or "").split(","), all_contexts=False)
        ]
        survey = run_round(jobs, runner, keeping, since_last=since_last)
    except KubeError as error:
        _show_failure(error, output)
        return 3
    for report in survey.reports:
        for warning in report.warnings:
            click.echo(f"homeperf: warning: {safe(warning)}", err=True)
        if report.failure:
            show(KubeError(report.failure.message, report.failure.hint))
    _show(survey.reports[0], output)
    return exit_code(survey.reports[0])


def exit_code(report: Report) -> int:
    """2 critical, 3 something could not be judged, 1 warnings, 0 healthy."""
    return {"critical": 2, "error": 3, "warning": 1, "healthy": 0}[report.summary.status]


def _show(report: Report, output: str) -> None:
    if output == "json":
        from homeperf_ray.render.json import report_json

        click.echo(report_json(report))
        return
    from homeperf_ray.render.table import report_lines

    if report.failure:
        return
    color = None if "NO_COLOR" not in os.environ else False
    for line in report_lines(report):
        click.echo(line, color=color)


def _show_failure(error: KubeError, output: str) -> None:
    show(error)
    if output == "json":
        from homeperf_ray.render.json import failure_json

        click.echo(failure_json(error))
