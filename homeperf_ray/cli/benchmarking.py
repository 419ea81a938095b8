"""What the commands of ``homeperf bench`` share: where runs lie, how one is made, how a table is printed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from homeperf_ray.cli.folders import state_folder

if TYPE_CHECKING:
    from rich.table import Table

    from homeperf_ray.bench.run import Parameters, Run
    from homeperf_ray.bench.scenario import Scenario
    from homeperf_ray.bench.shelf import Shelf

F = TypeVar("F", bound=Callable[..., Any])

SHAPES = click.Choice(["table", "json"])


def results_option(function: F) -> F:
    """``--results``: the folder of runs and baselines."""
    return click.option(
        "--results",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of runs and baselines.  [default: homeperf/bench in the XDG state directory]",
    )(function)


def output_option(function: F) -> F:
    """``-o table|json``."""
    return click.option("-o", "--output", type=SHAPES, default="table", show_default=True)(function)


def shelf_of(results: Path | None) -> Shelf:
    """The shelf of ``--results``."""
    from homeperf_ray.bench.shelf import Shelf

    return Shelf(results or state_folder() / "bench")


def find(shelf: Shelf, name: str) -> Run:
    """The run of a name, or a sentence that ends the command."""
    from homeperf_ray.bench.run import BadRunError
    from homeperf_ray.bench.shelf import UnknownRunError

    try:
        return shelf.find(name)
    except (UnknownRunError, BadRunError) as error:
        raise click.ClickException(str(error)) from error


def measured(scenarios: Sequence[Scenario], parameters: Parameters, kubeconfig: str | None) -> Run:
    """Measure now, and say on a terminal how far it is."""
    from homeperf_ray.bench.sample import SampleError
    from homeperf_ray.bench.stage import StageError, measure
    from homeperf_ray.config.file import unconfigured

    try:
        return measure(scenarios, parameters, kubeconfig=kubeconfig, ambient=unconfigured(os.environ), tell=tell)
    except (SampleError, StageError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        tell("")


def keep(shelf: Shelf, run: Run) -> None:
    """Put a run on the shelf, and say where; that it could not be kept ends nothing."""
    from homeperf_ray.bench.run import write

    try:
        click.echo(f"samples: {write(shelf.folder, run)}", err=True)
    except OSError as error:
        click.echo(f"homeperf: the samples were not written to {shelf.folder}: {error.strerror}", err=True)


def complain(complaints: Sequence[str]) -> None:
    """Name the files that were left out."""
    for complaint in complaints:
        click.echo(f"homeperf: left out: {complaint}", err=True)


def show(table: Table) -> None:
    """Print a table as wide as the terminal, or as 140 columns where there is none."""
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else 140).print(table)


def dump(value: Any) -> None:
    """Print JSON."""
    import msgspec

    click.echo(json.dumps(msgspec.to_builtins(value), indent=2))


def tell(line: str) -> None:
    """Say on a terminal what is being measured, in the place of what was said before."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)
