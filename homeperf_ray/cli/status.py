"""``homeperf status``: what the runtime does."""

from __future__ import annotations

import json
from typing import Any

import click

from homeperf_ray.cli.options import address_options, config_options, settings


@click.command("status")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@address_options
@config_options
@click.pass_context
def command(ctx: click.Context, /, output: str, **_: Any) -> int:
    """Show the runtime: its workers, its cache, its processes. Exit code 3 where none is up and well.

    With an address it is the runtime of that cluster, else that of this machine.
    """
    from homeperf_ray.actors.client import Unavailable
    from homeperf_ray.actors.folder import runtime_folder
    from homeperf_ray.actors.protocol import State
    from homeperf_ray.actors.runtime import Runtime
    from homeperf_ray.cli.drive import endpoint_of
    from homeperf_ray.cli.failure import failing

    runtime = Runtime(runtime_folder())
    said = settings(ctx)
    processes: list[int] = []
    with failing():
        if said["address"]:
            with endpoint_of(said).connect() as client:
                state: State | Unavailable = client.status()
        else:
            state = runtime.state()
            processes = sorted(runtime.processes())
    up = not isinstance(state, Unavailable)
    if output == "json":
        import msgspec

        known = msgspec.to_builtins(state) if not isinstance(state, Unavailable) else {"reason": state.reason}
        known.pop("type", None)
        click.echo(json.dumps({"up": up, **known, "processes": processes}, indent=2))
    elif isinstance(state, Unavailable):
        click.echo(f"{state.reason[0].upper()}{state.reason[1:]}. {state.hint}")
        if processes:
            click.echo(f"{len(processes)} of its processes still run.")
    else:
        count = f", {len(processes)} processes" if processes else ""
        click.echo(f"The runtime is up for {state.uptime:.0f} s, version {state.version}{count}.")
        for worker in state.workers:
            where = f"process {worker.pid} on {worker.node}" if worker.pid else "is being started anew"
            click.echo(f"  {worker.name}: {where}")
        click.echo(
            f"  cache: {state.entries} entries, {state.watched} of them watched, {state.bytes / 1e6:.1f} MB, "
            f"{state.hits} hits, {state.misses} misses"
        )
        click.echo(f"  checks running: {state.running}")
    return 0 if up else 3
