"""``homeperf status``: what the runtime does."""

from __future__ import annotations

import json

import click


@click.command("status")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(output: str) -> int:
    """Show the runtime: its workers, its cache, its processes. Exit code 3 where none is up and well."""
    from homeperf_ray.actors.client import Unavailable
    from homeperf_ray.actors.folder import runtime_folder
    from homeperf_ray.actors.runtime import Runtime
    from homeperf_ray.cli.failure import failing

    runtime = Runtime(runtime_folder())
    with failing():
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
        click.echo(f"The runtime is up for {state.uptime:.0f} s, version {state.version}, {len(processes)} processes.")
        for worker in state.workers:
            where = f"process {worker.pid} on {worker.node}" if worker.pid else "is being started anew"
            click.echo(f"  {worker.name}: {where}")
        click.echo(
            f"  cache: {state.entries} entries, {state.watched} of them watched, {state.bytes / 1e6:.1f} MB, "
            f"{state.hits} hits, {state.misses} misses"
        )
        click.echo(f"  checks running: {state.running}")
    return 0 if up else 3
