"""``homeperf up``: start the warm runtime."""

from __future__ import annotations

from typing import Any

import click

from homeperf_ray.cli.options import config_options, idle_option, settings


@click.command("up")
@click.option(
    "--workers",
    type=click.IntRange(1, 16),
    default=1,
    show_default=True,
    envvar="HOMEPERF_WORKERS",
    help="Worker processes, each with its own connections.",
)
@idle_option
@config_options
@click.pass_context
def command(ctx: click.Context, /, workers: int, **_: Any) -> int:
    """Start the warm Ray runtime on this machine; harmless where it is up already.

    Its processes listen on loopback only, know each other by a token, and serve nobody but you. A check finds the
    runtime by itself. It ends by itself when nobody has asked it for a check for the time that --idle-stop says.
    """
    from homeperf_ray.actors.folder import runtime_folder
    from homeperf_ray.actors.protocol import State
    from homeperf_ray.actors.runtime import Runtime
    from homeperf_ray.cli.failure import failing
    from homeperf_ray.cli.folders import budget_folder

    idle_stop = settings(ctx)["idle-stop"]
    with failing():
        runtime = Runtime(runtime_folder())
        started = runtime.up(workers, idle_stop=idle_stop, budgets=budget_folder())
        state = runtime.state()
    count = len(state.workers) if isinstance(state, State) else workers
    what = f"{count} worker{'s' * (count != 1)}"
    if started:
        click.echo(f"The runtime is up: {what}.")
    elif count == workers:
        click.echo(f"The runtime was up already: {what}.")
    else:
        click.echo(f"The runtime was up already, with {what}; for {workers}: homeperf down; homeperf up")
    return 0
