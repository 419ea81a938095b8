"""``homeperf trends``: how it has gone in the past, a subcommand a domain."""

from __future__ import annotations

from typing import Any

import click

from homeperf_ray.cli.options import config_options, option, settings, stack

MOST_DAYS = 36_500

trend_options = stack(
    option("context", "Only clusters that were read under these names (a comma list).", metavar="NAMES"),
    option("namespace", "Only these (a comma list).", "-n"),
    click.option(
        "--days", type=click.IntRange(1, MOST_DAYS), default=30, show_default=True, help="How far to look back."
    ),
    click.option(
        "-o",
        "--output",
        "shape",
        type=click.Choice(["table", "json"]),
        default="table",
        show_default=True,
        help="Format of what goes to stdout.",
    ),
    option("timings", "Folder of the Parquet dataset.  [default: homeperf/timings in the XDG state directory]"),
    option("color", "Colour on stdout; auto has it on a terminal where NO_COLOR is not set."),
    config_options,
)
"""What every kind of trend can be asked."""


@click.group("trends")
def command() -> None:
    """Show how it has gone in the past, and where it is going. Reads files of this machine and asks no cluster."""


@command.command("storage")
@trend_options
@click.pass_context
def storage(ctx: click.Context, /, days: int, shape: str, **_: Any) -> int:
    """Show how volumes fill up: use, growth a day and the time until they are full, with 95 % intervals, worst first.

    Every `homeperf check storage --kubelet` adds to the history. Growth is told from three days on, and a check warns
    of it after a week.

    Exit code: 0; 3 if there is nothing to show of what was asked for.
    """
    from homeperf_ray.cli.trends_storage import show

    return show(settings(ctx), days=days, shape=shape)
