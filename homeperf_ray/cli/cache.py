"""``homeperf cache``: what the runtime's cache holds, and how it is cleared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click

from homeperf_ray.render.escape import safe

if TYPE_CHECKING:
    from homeperf_ray.actors.client import Client
    from homeperf_ray.actors.protocol import CacheEntry
    from homeperf_ray.cli.candidates import Items

HEAD = ("RESOURCE", "NAMESPACE", "ROWS", "BYTES", "AGE", "VERSION", "HITS", "STATE")

REASON = 60
"""Characters of a reason in the table; JSON has all of them."""


def _held(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    from homeperf_ray.cli import candidates

    return candidates.cached(ctx, param, incomplete)


@click.group("cache", invoke_without_command=True)
@click.option("-o", "--output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_context
def command(ctx: click.Context, output: str) -> int:
    """Show what the runtime's cache holds: rows, bytes, age, version, hits, watched or not.

    The age of what is watched is the time since its watch last told an event or a bookmark; it is current all the
    same. Exit code 3 where no runtime is up.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from homeperf_ray.cli.failure import failing

    with failing(), _runtime() as client:
        held = client.cache()
    if output == "json":
        import msgspec

        found = msgspec.to_builtins(held)
        found.pop("type", None)
        click.echo(json.dumps(found, indent=2))
        return 0
    for line in _lines(held.entries):
        click.echo(line)
    click.echo(f"{_size(held.bytes)} of at most {_size(held.max_bytes)}.")
    return 0


@command.command("clear")
@click.argument("resources", nargs=-1, metavar="[RESOURCE]...", shell_complete=_held)
def clear(resources: tuple[str, ...]) -> int:
    """Forget what is held of these resources (pods, deployments.apps), everything where none is named.

    Their watches end; the next check asks the server.
    """
    from homeperf_ray.cli.failure import failing

    with failing(), _runtime() as client:
        count = client.clear(resources)
    what = f" of {', '.join(map(safe, resources))}" if resources else ""
    if count:
        click.echo(f"{count} entr{'y' if count == 1 else 'ies'}{what} forgotten.")
    else:
        click.echo(f"Nothing{what} was held.")
    return 0


def _runtime() -> Client:
    """A client of the runtime that is up. Raises Unreachable."""
    from homeperf_ray.actors.client import LONG_PATIENCE, Unavailable, connect
    from homeperf_ray.kube.errors import Unreachable

    found = connect(patience=LONG_PATIENCE)
    if isinstance(found, Unavailable):
        raise Unreachable(found.reason, found.hint)
    return found


def _lines(entries: Sequence[CacheEntry]) -> Iterator[str]:
    for (server, context, user), mine in groupby(entries, key=lambda one: (one.server, one.context, one.user)):
        yield f"{safe(server)} (context {safe(context)}, user {safe(user)})"
        rows = [HEAD, *map(_row, mine)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
        for row in rows:
            yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(entry: CacheEntry) -> tuple[str, ...]:
    reason = safe(entry.reason)
    short = reason if len(reason) <= REASON else f"{reason[:REASON]}..."
    state = f"{entry.state}: {short}" if reason else entry.state
    return (
        safe(entry.resource),
        safe(entry.namespace) or "-",
        str(entry.rows),
        _size(entry.bytes),
        f"{entry.age:.1f}s",
        safe(entry.version) or "-",
        str(entry.hits),
        state,
    )


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"
