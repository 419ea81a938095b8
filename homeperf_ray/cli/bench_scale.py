"""``homeperf bench scale``: what more requests under way, more workers and more objects do."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from homeperf_ray.cli.benchmarking import dump, output_option, show, tell

if TYPE_CHECKING:
    from homeperf_ray.bench.scale import Point, Scaled


def _numbers(low: int, high: int) -> Callable[[click.Context, click.Parameter, str], list[int]]:
    """A click callback: a comma list of whole numbers within these bounds, each once."""

    def parse(ctx: click.Context, param: click.Parameter, text: str) -> list[int]:
        try:
            numbers = list(dict.fromkeys(int(part) for part in text.split(",")))
        except ValueError:
            raise click.BadParameter(f"{text}: numbers with commas between them, such as {low},{high}") from None
        if not all(low <= number <= high for number in numbers):
            raise click.BadParameter(f"{text}: a number is at least {low} and at most {high}")
        return numbers

    return parse


@click.command("scale")
@click.option(
    "--concurrency",
    default="1,2,4,8,16,20,32,64",
    show_default=True,
    metavar="N,N...",
    callback=_numbers(1, 64),
    help="Requests under way at once.",
)
@click.option(
    "--workers",
    default="0",
    show_default=True,
    metavar="N,N...",
    callback=_numbers(0, 16),
    help="Of the runtime; 0 is the local runner.",
)
@click.option(
    "--namespaces",
    default="30",
    show_default=True,
    metavar="N,N...",
    callback=_numbers(5, 2000),
    help="Of the homelab.",
)
@click.option(
    "--pods", default="300", show_default=True, metavar="N,N...", callback=_numbers(50, 100_000), help="Of the homelab."
)
@click.option(
    "--latency", type=float, default=20.0, show_default=True, help="Of the homelab's server, in milliseconds."
)
@click.option("--samples", type=click.IntRange(1, 100), default=3, show_default=True, help="Rounds.")
@output_option
def scale(
    concurrency: list[int],
    workers: list[int],
    namespaces: list[int],
    pods: list[int],
    latency: float,
    samples: int,
    output: str,
) -> None:
    """Read six kinds of every namespace of the embedded homelab, with more and more requests under way.

    Throughput is what `homeperf get` had answered a second between its first request and its last answer; start-up is
    left out. The knee is the first point with nine tenths of the greatest throughput.
    """
    from homeperf_ray.bench.sample import SampleError
    from homeperf_ray.bench.stage import StageError
    from homeperf_ray.render.benchmark import scaled as table

    found: list[Scaled] = []
    try:
        for size in ((count, objects) for count in namespaces for objects in pods):
            found += _sweep(size, concurrency, workers, latency, samples)
    except (SampleError, StageError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        tell("")
    if output == "json":
        dump(found)
    else:
        show(table(found))


def _sweep(
    size: tuple[int, int], concurrency: Sequence[int], workers: Sequence[int], latency: float, samples: int
) -> list[Scaled]:
    """One homelab: a series of all concurrencies a number of workers."""
    from homeperf_ray.bench.run import Parameters
    from homeperf_ray.bench.scale import Point, Reading, measure, names, sweep
    from homeperf_ray.bench.stage import environment_of, homelab, runtime
    from homeperf_ray.config.file import unconfigured

    count, objects = size
    parameters = Parameters(namespaces=count, pods=objects, latency_ms=latency)
    found: list[Scaled] = []
    with ExitStack() as stack:
        sim = stack.enter_context(homelab(parameters))
        kubeconfig = str(sim.kubeconfig)
        everywhere = asyncio.run(names(kubeconfig))
        for number in workers:
            with ExitStack() as inner:
                folder = inner.enter_context(tempfile.TemporaryDirectory(prefix="homeperf-"))
                environment = environment_of(folder, unconfigured(os.environ))
                if number:
                    inner.enter_context(runtime(number, environment))

                def take(point: Point, environment: dict[str, str] = environment) -> Reading:
                    return measure(point, kubeconfig, everywhere, environment)

                points = [Point(each, number, count, objects) for each in concurrency]
                found += sweep(points, samples, take, tell)
    return found
