"""``homeperf down``: stop the runtime."""

from __future__ import annotations

import click


@click.command("down")
def command() -> int:
    """Stop the runtime and leave nothing of it; harmless where none is up."""
    from homeperf_ray.actors.folder import runtime_folder
    from homeperf_ray.actors.runtime import Runtime
    from homeperf_ray.cli.failure import failing

    with failing():
        ended = Runtime(runtime_folder()).down()
    click.echo("The runtime is down." if ended else "No runtime was up.")
    return 0
