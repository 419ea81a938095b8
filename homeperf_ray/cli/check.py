"""``homeperf check``: judge the cluster."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import click

from homeperf_ray.checks.finding import DOMAINS
from homeperf_ray.cli.color import color
from homeperf_ray.cli.drive import Route
from homeperf_ray.cli.failure import sentences, show
from homeperf_ray.cli.jobs import jobs
from homeperf_ray.cli.options import (
    Duration,
    address_options,
    budget_options,
    cache_options,
    clusters_options,
    config_options,
    domain_argument,
    judging_options,
    kubelet_options,
    output_options,
    request_option,
    runner_option,
    settings,
    timings_options,
)
from homeperf_ray.cli.round import run_round
from homeperf_ray.cli.timings import Keeping
from homeperf_ray.cli.verdict import exit_code
from homeperf_ray.cli.watch import INTERVAL, LONGEST, SHORTEST, watch
from homeperf_ray.config.settings import Settings
from homeperf_ray.executor.report import Survey
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.escape import safe
from homeperf_ray.render.formats import FOR_PEOPLE, failure, render


class Interval(Duration):
    """An interval, or the name of a domain that stands where one may stand: ``--watch nodes``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value in DOMAINS:
            return value
        seconds = super().convert(value, param, ctx)
        if seconds < SHORTEST:
            self.fail(f"{value} is too short: once a second is often enough", param, ctx)
        if seconds > LONGEST:
            self.fail(f"{value} is too long: once a day is the least", param, ctx)
        return seconds


@click.command("check")
@domain_argument
@clusters_options
@runner_option
@address_options
@budget_options
@request_option
@cache_options
@judging_options
@kubelet_options
@click.option(
    "--watch",
    "interval",
    type=Interval(positive=True),
    is_flag=False,
    flag_value=str(INTERVAL),
    metavar="[INTERVAL]",
    help="Check again and again, and redraw what changed.  [default: every 10s]",
)
@click.option("--since-last", is_flag=True, help="Show what is new and what is fixed since the last run of this scope.")
@output_options
@timings_options
@config_options
@click.pass_context
def command(ctx: click.Context, /, interval: float | str | None, since_last: bool, **_: Any) -> int:
    """Judge the cluster: what is sick, worst first, and what to do about it.

    DOMAIN is one or more of nodes, workloads, storage, network, flux; all of them by default. Only what the chosen
    domains need is read.

    Exit code: 2 if anything is critical, else 3 if something could not be judged, else 1 for warnings, else 0.
    --fail-on critical makes warnings 0; --fail-on never makes everything 0 but a check that could not be run.
    """
    said = settings(ctx)
    domains = said["domains"]
    if isinstance(interval, str):
        domains, interval = (*domains, interval), INTERVAL
    if interval is not None:
        return _watch(said, domains, interval)
    try:
        survey = run_round(
            jobs(said, domains), Route.of(said), Keeping.of(said), since_last=since_last, probes=said.probes
        )
    except KubeError as error:
        show(error)
        _echo(failure(error, said["output"]), said)
        return 3
    for sentence in _told(survey):
        click.echo(sentence, err=True)
    _echo(render(survey, said["output"]), said)
    return exit_code(survey, said["fail-on"])


def _watch(said: Settings, domains: Sequence[str], interval: float) -> int:
    """Check until the user has seen enough; the exit code is that of the last round."""
    codes = [3]

    def one_round() -> tuple[list[str], bool]:
        asked, keeping = jobs(said, domains), Keeping.of(said)
        try:
            survey = run_round(asked, Route.of(said), keeping, since_last=True, progress=False, probes=said.probes)
        except KubeError as error:
            codes.append(3)
            return [*sentences(error), *failure(error, said["output"])], codes[-2] != 3
        changed = len(codes) == 1 or any(one.changes and one.changes.any for one in survey.reports)
        codes.append(exit_code(survey, said["fail-on"]))
        told = _told(survey) if said["output"] in FOR_PEOPLE else []
        return [*told, *render(survey, said["output"])], changed

    watch(one_round, interval, machine=said["output"] not in FOR_PEOPLE)
    return codes[-1]


def _told(survey: Survey) -> list[str]:
    """What is dubious in the access, and what could not be reached."""
    lines: list[str] = []
    for report in survey.reports:
        lines += [f"homeperf: warning: {safe(warning)}" for warning in report.warnings]
        if report.failure:
            lines += sentences(KubeError(report.failure.message, report.failure.hint))
    return lines


def _echo(lines: Iterable[str], said: Settings) -> None:
    for line in lines:
        click.echo(line, color=color(said["color"], os.environ))
