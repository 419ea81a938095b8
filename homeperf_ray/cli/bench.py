"""``homeperf bench``: measure homeperf against the ways that it replaces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeperf_ray.cli.folders import state_folder
from homeperf_ray.cli.kinds import File
from homeperf_ray.config.file import unconfigured

if TYPE_CHECKING:
    from homeperf_ray.bench.suite import Summary
    from homeperf_ray.sim.process import RunningSim


_HEADINGS = ("wall s", "fastest", "cpu s", "inner s", "peak MB", "requests", "times faster", "same findings")


@click.group("bench")
def command() -> None:
    """Measure homeperf against the ways that it replaces."""


@command.command("run")
@click.option("--scenario", "names", multiple=True, metavar="NAME", help="Only these; the first is the baseline.")
@click.option("--samples", type=click.IntRange(1, 1000), default=5, show_default=True, help="Rounds.")
@click.option(
    "--kubeconfig", type=File(), metavar="FILE", help="Measure on this cluster instead of the embedded homelab."
)
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True, help="Of the runtime.")
@click.option("--nodes", type=int, default=6, show_default=True)
@click.option("--namespaces", type=int, default=30, show_default=True)
@click.option("--pods", type=int, default=300, show_default=True)
@click.option("--pvcs", type=int, default=40, show_default=True)
@click.option("--latency", type=float, default=0.0, show_default=True, help="Of the homelab's server, in milliseconds.")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the results' Parquet.  [default: homeperf/bench in the XDG state directory]",
)
def run_(
    names: tuple[str, ...],
    samples: int,
    kubeconfig: str | None,
    workers: int,
    nodes: int,
    namespaces: int,
    pods: int,
    pvcs: int,
    latency: float,
    output: str,
    results: Path | None,
) -> int:
    """Run scenarios interleaved, whole commands each, and compare them with the first.

    Wall and processor time are medians; memory is the peak of the whole process tree (PSS), taken in a run of its
    own. Requests are what the embedded homelab received, or what the command says it sent on another cluster.
    """
    from homeperf_ray.bench import results as parquet
    from homeperf_ray.bench.sample import SampleError
    from homeperf_ray.bench.scenario import SCENARIOS, scenarios_named
    from homeperf_ray.bench.suite import run, summarize

    try:
        chosen = scenarios_named(names)
    except KeyError as error:
        known = ", ".join(scenario.name for scenario in SCENARIOS)
        raise click.UsageError(f"there is no scenario {error.args[0]}; there are {known}") from None
    for scenario in chosen:
        if scenario.missing:
            click.echo(f"{scenario.name} is left out: {scenario.missing} is not installed", err=True)
    chosen = tuple(scenario for scenario in chosen if not scenario.missing)
    parameters: dict[str, str | int | float] = {"samples": samples, "workers": workers}
    try:
        with ExitStack() as stack:
            sim = None
            if kubeconfig is None:
                sim = stack.enter_context(
                    _homelab(nodes=nodes, namespaces=namespaces, pods=pods, pvcs=pvcs, latency=latency / 1000)
                )
                kubeconfig = str(sim.kubeconfig)
                parameters |= {"namespaces": namespaces, "pods": pods, "pvcs": pvcs, "latency_ms": latency}
            environment = _environment(stack.enter_context(tempfile.TemporaryDirectory(prefix="homeperf-")))
            if any(scenario.runtime for scenario in chosen):
                stack.enter_context(_runtime(workers, environment))
            taken, peaks = run(
                chosen,
                samples=samples,
                kubeconfig=kubeconfig,
                environment=environment,
                count=_counter(sim) if sim else None,
                tell=_tell,
            )
    except SampleError as error:
        raise click.ClickException(str(error)) from error
    summaries = summarize(taken, peaks)
    _show(summaries, output)
    folder = results or state_folder() / "bench"
    try:
        click.echo(f"samples: {parquet.write(folder, taken, peaks, parameters)}", err=True)
    except OSError as error:
        click.echo(f"homeperf: the samples were not written to {folder}: {error.strerror}", err=True)
    return 0 if all(summary.agrees for summary in summaries) else 3


@contextmanager
def _homelab(**options: float) -> Iterator[RunningSim]:
    from homeperf_ray.sim.options import OptionsError
    from homeperf_ray.sim.process import SimError, start

    try:
        sim = start(**options)  # type: ignore[arg-type]
    except (OptionsError, SimError) as error:
        raise click.ClickException(str(error)) from error
    with sim:
        yield sim


def _counter(sim: RunningSim) -> Callable[[], int]:
    def count() -> int:
        total = int(sim.counts()["total"])
        sim.reset_counts()
        return total

    return count


def _environment(folder: str) -> dict[str, str]:
    """The caller's environment, with state and cache of the benchmark's own, and with byte code as users have it."""
    ambient = {name: value for name, value in unconfigured(os.environ).items() if name != "PYTHONDONTWRITEBYTECODE"}
    own = {
        "XDG_STATE_HOME": f"{folder}/state",
        "XDG_CACHE_HOME": f"{folder}/cache",
        "HOMEPERF_RUNTIME_DIR": f"{folder}/run",
    }
    return {**ambient, **own}


@contextmanager
def _runtime(workers: int, environment: dict[str, str]) -> Iterator[None]:
    homeperf = [sys.executable, "-m", "homeperf_ray.cli.main"]
    try:
        done = subprocess.run(
            [*homeperf, "up", "--workers", str(workers)], env=environment, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            raise click.ClickException("the runtime did not start; the reason is above")
        yield
    finally:
        subprocess.run([*homeperf, "down"], env=environment, stdout=subprocess.DEVNULL, check=False)


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)


def _show(summaries: list[Summary], output: str) -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    if output == "json":
        import msgspec

        click.echo(json.dumps(msgspec.to_builtins(summaries), indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in (
        "scenario",
        "wall s",
        "fastest",
        "cpu s",
        "inner s",
        "peak MB",
        "requests",
        "times faster",
        "same findings",
    ):
        table.add_column(heading, justify="left" if heading == "scenario" else "right")
    for each in summaries:
        table.add_row(
            each.scenario,
            f"{each.wall:.3f}",
            f"{each.fastest:.3f}",
            f"{each.cpu:.3f}",
            f"{each.inner:.3f}" if each.inner else "",
            f"{each.peak / 1e6:.0f}",
            str(each.requests),
            f"{each.ratio:.1f} ({each.spread[0]:.1f}-{each.spread[1]:.1f})",
            "yes" if each.agrees else "NO",
        )
    Console(width=None if sys.stdout.isatty() else 120).print(table)
