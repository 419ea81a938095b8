"""``homeperf bench run``: scenarios, interleaved and measured from outside."""

from __future__ import annotations

from pathlib import Path

import click

from homeperf_ray.cli.benchmarking import dump, keep, measured, output_option, results_option, shelf_of, show
from homeperf_ray.cli.kinds import File


@click.command("run")
@click.option("--scenario", "names", multiple=True, metavar="NAME", help="Only these; the first is the baseline.")
@click.option("--samples", type=click.IntRange(1, 1000), default=5, show_default=True, help="Rounds.")
@click.option(
    "--memory", type=click.IntRange(0, 1000), default=1, show_default=True, help="Rounds that look at memory, too."
)
@click.option(
    "--kubeconfig", type=File(), metavar="FILE", help="Measure on this cluster instead of the embedded homelab."
)
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True, help="Of the runtime.")
@click.option("--nodes", type=int, default=6, show_default=True)
@click.option("--namespaces", type=int, default=30, show_default=True)
@click.option("--pods", type=int, default=300, show_default=True)
@click.option("--pvcs", type=int, default=40, show_default=True)
@click.option("--latency", type=float, default=0.0, show_default=True, help="Of the homelab's server, in milliseconds.")
@click.option("--save", metavar="NAME", help="Keep the run as the baseline of this name as well.")
@output_option
@results_option
def run(
    names: tuple[str, ...],
    samples: int,
    memory: int,
    kubeconfig: str | None,
    workers: int,
    nodes: int,
    namespaces: int,
    pods: int,
    pvcs: int,
    latency: float,
    save: str | None,
    output: str,
    results: Path | None,
) -> int:
    """Run scenarios interleaved, whole commands each, and compare them with the first.

    Wall and processor time are medians, ratios are taken round by round, with the interval of their median; memory
    is the peak of the whole process tree (PSS), taken in runs of its own. Requests are what the embedded homelab
    received, or what the command says it sent on another cluster.
    """
    from homeperf_ray.bench.run import Parameters
    from homeperf_ray.bench.scenario import SCENARIOS, scenarios_named
    from homeperf_ray.bench.suite import summarize
    from homeperf_ray.render.benchmark import summaries

    shelf = shelf_of(results)
    try:
        chosen = scenarios_named(names)
    except KeyError as error:
        known = ", ".join(scenario.name for scenario in SCENARIOS)
        raise click.UsageError(f"there is no scenario {error.args[0]}; there are {known}") from None
    if save:
        _check_name(save)
    for scenario in chosen:
        if scenario.missing:
            click.echo(f"{scenario.name} is left out: {scenario.missing} is not installed", err=True)
    chosen = tuple(scenario for scenario in chosen if not scenario.missing)
    if not chosen:
        raise click.ClickException("nothing is left to measure")
    parameters = Parameters(
        cluster="kubeconfig" if kubeconfig else "homelab",
        samples=samples,
        memory=memory,
        workers=workers,
        nodes=nodes,
        namespaces=namespaces,
        pods=pods,
        pvcs=pvcs,
        latency_ms=latency,
    )
    done = measured(chosen, parameters, kubeconfig)
    found = summarize(done.samples)
    if output == "json":
        dump(found)
    else:
        show(summaries(found))
    keep(shelf, done)
    if save:
        click.echo(f"baseline {save}: {shelf.save(save, done)}", err=True)
    return 0 if all(summary.agrees for summary in found) else 3


def _check_name(name: str) -> None:
    from homeperf_ray.bench.shelf import check_name

    try:
        check_name(name)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
