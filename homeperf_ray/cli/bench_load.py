"""``homeperf bench load``: what the API server does under a steady load."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from homeperf_ray.cli.benchmarking import dump, output_option, show, tell
from homeperf_ray.cli.kinds import File

if TYPE_CHECKING:
    from homeperf_ray.bench.load import Step

CEILING_RATE = 50.0
CEILING_SECONDS = 60.0
"""What a server that is not the embedded homelab is spared by default: requests a second, and seconds in all."""

HOMELAB_RATE = 10_000.0
HOMELAB_SECONDS = 900.0

PATH = "/api/v1/namespaces?limit=20"


@click.command("load")
@click.option("--rates", default="10,20,50", show_default=True, metavar="N,N...", help="Requests a second, in steps.")
@click.option("--seconds", type=click.FloatRange(0.5, 600), default=5.0, show_default=True, help="Of each step.")
@click.option("--path", "paths", multiple=True, metavar="PATH", help=f"What is read, in turn.  [default: {PATH}]")
@click.option("--kubeconfig", type=File(), metavar="FILE", help="Load this cluster instead of the embedded homelab.")
@click.option("--context", default="", metavar="NAME", help="Context in the kubeconfig.")
@click.option(
    "--beyond-ceiling",
    is_flag=True,
    help=f"Load a real cluster with more than {CEILING_RATE:g} requests a second, or for over {CEILING_SECONDS:g} s.",
)
@click.option("--latency", type=float, default=0.0, show_default=True, help="Of the homelab's server, in milliseconds.")
@click.option("--fairness", is_flag=True, help="The homelab has API Priority and Fairness.")
@output_option
def load(
    rates: str,
    seconds: float,
    paths: tuple[str, ...],
    kubeconfig: str | None,
    context: str,
    beyond_ceiling: bool,
    latency: float,
    fairness: bool,
    output: str,
) -> int:
    """Ask an API server at steady rates, whether it answers in time or not, and show what that does.

    Latencies count from when a request was due, so that a server that stalls cannot hide it. A neighbour asks for
    little meanwhile, from a process of its own. Only GETs are sent. The test ends where 1,000 requests are under way.
    Exit code 1 where any request was not answered with 2xx, or the rate could not be kept.
    """
    from homeperf_ray.bench.load_run import LoadError, run
    from homeperf_ray.bench.run import Parameters
    from homeperf_ray.bench.stage import StageError, homelab
    from homeperf_ray.kube.errors import KubeError
    from homeperf_ray.render.benchmark import steps

    asked = _rates(rates)
    _spare(asked, seconds, homelab=kubeconfig is None, beyond=beyond_ceiling)
    wrong = [path for path in paths if not path.startswith("/")]
    if wrong:
        raise click.UsageError(f"--path {wrong[0]}: a path of the API begins with /")
    with ExitStack() as stack:
        try:
            if kubeconfig is None:
                sim = stack.enter_context(homelab(Parameters(latency_ms=latency), fairness=fairness))
                kubeconfig = str(sim.kubeconfig)
            found = asyncio.run(
                run(kubeconfig, context, rates=asked, seconds=seconds, paths=paths or (PATH,), tell=tell)
            )
        except KubeError as error:
            raise click.ClickException(f"{error.message} {error.hint}".strip()) from error
        except (LoadError, StageError) as error:
            raise click.ClickException(str(error)) from error
        finally:
            tell("")
    if output == "json":
        dump(found)
    else:
        show(steps(found))
    return 1 if any(map(_missed, found)) else 0


def _missed(step: Step) -> bool:
    """Whether the server or the test could not keep up."""
    return step.saturated or step.failed > 0 or abs(step.sent_rate - step.rate) > 0.02 * step.rate


def _rates(text: str) -> list[float]:
    try:
        rates = [float(part) for part in text.split(",")]
    except ValueError:
        raise click.UsageError(f"--rates {text}: numbers with commas between them, such as 10,20,50") from None
    if not all(0 < rate <= HOMELAB_RATE for rate in rates):
        raise click.UsageError(f"--rates {text}: a rate is above 0 and at most {HOMELAB_RATE:g} a second")
    return rates


def _spare(rates: list[float], seconds: float, *, homelab: bool, beyond: bool) -> None:
    """End the command before it asks a real server for more than the user has said it may."""
    total = seconds * len(rates)
    if total > HOMELAB_SECONDS:
        raise click.UsageError(
            f"{total:g} s in all are more than {HOMELAB_SECONDS:g}: fewer --rates, or less --seconds"
        )
    if homelab or beyond or (max(rates) <= CEILING_RATE and total <= CEILING_SECONDS):
        return
    raise click.UsageError(
        f"{max(rates):g} requests a second for {total:g} s in all are above what a real cluster is spared by default "
        f"({CEILING_RATE:g} a second, {CEILING_SECONDS:g} s): say --beyond-ceiling if it may have them"
    )
