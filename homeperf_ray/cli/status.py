"""``homeperf status``: what the runtime does, and what the request budgets hold."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click

from homeperf_ray.cli.options import address_options, config_options, settings

if TYPE_CHECKING:
    from homeperf_ray.limits.lease import BudgetState


@click.command("status")
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@address_options
@config_options
@click.pass_context
def command(ctx: click.Context, /, output: str, **_: Any) -> int:
    """Show the runtime: nodes, workers, pools, budgets, cache. Exit code 3 where none is up and well.

    With an address it is the runtime of that cluster, else that of this machine. Without a runtime it shows the
    budgets that local runs share.
    """
    from homeperf_ray.actors.client import Unavailable
    from homeperf_ray.actors.folder import runtime_folder
    from homeperf_ray.actors.protocol import State
    from homeperf_ray.actors.runtime import Runtime
    from homeperf_ray.cli.drive import endpoint_of
    from homeperf_ray.cli.failure import failing
    from homeperf_ray.render import status

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
        click.echo(json.dumps({"up": up, **_known(state), "processes": processes}, indent=2))
    elif isinstance(state, Unavailable):
        click.echo(f"{state.reason[0].upper()}{state.reason[1:]}. {state.hint}")
        if processes:
            click.echo(f"{len(processes)} of its processes still run.")
        for line in status.budgets(_budgets()):
            click.echo(line)
    else:
        for line in status.lines(state, len(processes)):
            click.echo(line)
    return 0 if up else 3


def _known(state: Any) -> dict[str, Any]:
    import msgspec

    from homeperf_ray.actors.client import Unavailable

    if isinstance(state, Unavailable):
        return {"reason": state.reason, "budgets": msgspec.to_builtins(_budgets())}
    known: dict[str, Any] = msgspec.to_builtins(state)
    known.pop("type", None)
    return known


def _budgets() -> tuple[BudgetState, ...]:
    """What local runs share on this machine."""
    from homeperf_ray.cli.folders import budget_folder
    from homeperf_ray.limits.account_files import AccountFiles
    from homeperf_ray.limits.clock import boottime
    from homeperf_ray.limits.limiter import Limiter

    return asyncio.run(Limiter(AccountFiles(budget_folder()), boottime).states())
