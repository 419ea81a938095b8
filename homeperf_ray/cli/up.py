"""``homeperf up``: start the warm runtime."""

from __future__ import annotations

import click


@click.command("up")
@click.option(
    "--workers",
    type=click.IntRange(1, 16),
    default=1,
    show_default=True,
    envvar="HOMEPERF_WORKERS",
    help="Worker processes, each with its own connections.",
)
def command(workers: int) -> int:
    """Start the warm Ray runtime on this machine; harmless where it is up already.

    Its processes listen on loopback only, know each other by a token, and serve nobody but you. A check finds the
    runtime by itself.
    """
    from homeperf_ray.actors.folder import runtime_folder
    from homeperf_ray.actors.protocol import State
    from homeperf_ray.actors.runtime import Runtime
    from homeperf_ray.cli.failure import failing

    with failing():
        runtime = Runtime(runtime_folder())
        started = runtime.up(workers)
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
