"""``homeperf bench baseline``: runs that were given a name, to compare with."""

from __future__ import annotations

from pathlib import Path

import click

from homeperf_ray.cli.benchmarking import complain, dump, find, output_option, results_option, shelf_of, show


@click.group("baseline")
def baseline() -> None:
    """Name runs, so that later ones can be compared with them."""


@baseline.command("save")
@click.argument("name")
@click.option("--run", "which", default="latest", show_default=True, help="Which run: its name, or a file.")
@results_option
def save(name: str, which: str, results: Path | None) -> None:
    """Keep a run under a name, in the place of what had it before."""
    shelf = shelf_of(results)
    run = find(shelf, which)
    try:
        path = shelf.save(name, run)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{shelf.folder} cannot be written: {error.strerror}") from error
    click.echo(f"{name} is run {run.run}: {path}")


@baseline.command("list")
@output_option
@results_option
def list_(output: str, results: Path | None) -> None:
    """List the baselines, and the runs that have no name."""
    from homeperf_ray.render.benchmark import shelf as table

    shelf = shelf_of(results)
    named, wrong = shelf.baselines()
    runs, broken = shelf.runs()
    complain([*wrong, *broken])
    if output == "json":
        heads = {name: _head(run) for name, run in named.items()}
        dump({"baselines": heads, "runs": [_head(run) for run in runs]})
        return
    taken = {run.run for run in named.values()}
    show(table([*named.items(), *(("", run) for run in runs if run.run not in taken)]))


@baseline.command("show")
@click.argument("name")
@output_option
@results_option
def show_(name: str, output: str, results: Path | None) -> None:
    """Show what a run has measured. NAME is a baseline, `latest`, `previous`, a run or a file."""
    from homeperf_ray.bench.suite import summarize
    from homeperf_ray.render.benchmark import cluster, summaries

    run = find(shelf_of(results), name)
    found = summarize(run.samples)
    if output == "json":
        import msgspec

        dump({**_head(run), "summaries": msgspec.to_builtins(found)})
        return
    machine = run.machine
    click.echo(f"run {run.run} of {run.source.commit or run.source.homeperf} on {cluster(run)}")
    click.echo(f"{machine.cores} cores ({machine.processor}), Python {machine.python}")
    show(summaries(found))


def _head(run: object) -> dict[str, object]:
    import msgspec

    head = msgspec.to_builtins(run)
    return {name: value for name, value in head.items() if name != "samples"}
