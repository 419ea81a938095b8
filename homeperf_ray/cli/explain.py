"""``homeperf explain``: what a code means, why it happens, and what to do."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from homeperf_ray.cli.color import color
from homeperf_ray.cli.configuration import config_options, settings
from homeperf_ray.cli.options import option
from homeperf_ray.config.nearest import did_you_mean

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class CodeName(click.ParamType[str]):
    """A code as somebody has it in mind: ``HP101``, ``hp101`` or ``101``."""

    name = "code"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from homeperf_ray.checks.registry import CODES

        code = str(value).strip().upper()
        if code.isascii() and code.isdigit():
            code = f"HP{int(code[:9]):03}"
        if code not in CODES:
            near = [known for known in CODES if known[:3] == code[:3]] or CODES
            self.fail(f"no code is called {value!r}.{did_you_mean(code, near)} `homeperf explain` lists them all.")
        return code

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
        from homeperf_ray.cli import candidates

        return candidates.codes(incomplete)


@click.command("explain")
@click.argument("codes", nargs=-1, type=CodeName(), metavar="[CODE]...")
@click.option(
    "-o",
    "--output",
    "shape",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="Format of what goes to stdout.",
)
@option("color", "Colour on stdout; auto has it on a terminal where NO_COLOR is not set.")
@config_options
@click.pass_context
def command(ctx: click.Context, /, codes: tuple[str, ...], shape: str, **_: Any) -> None:
    """Explain codes: what they mean, likely causes, what to do, which thresholds hold, and what popeye says of it.

    A CODE may be written HP101, hp101 or 101. Without one, all codes are listed.
    """
    from homeperf_ray.checks.catalogue import catalogue
    from homeperf_ray.checks.registry import CODES
    from homeperf_ray.cli import explain_view as view
    from homeperf_ray.cli.explained import explained

    held = settings(ctx)
    chosen = color(held["color"], os.environ)
    coloured = sys.stdout.isatty() if chosen is None else chosen
    width = shutil.get_terminal_size((100, 24)).columns
    told = [explained(CODES[code], held) for code in dict.fromkeys(codes)]
    if shape == "json":
        lines = iter([view.as_json(told) if told else view.list_json(catalogue())])
    elif shape == "markdown":
        lines = view.markdown(told) if told else view.list_markdown(catalogue())
    elif told:
        lines = view.text(told, width, coloured=coloured)
    else:
        lines = view.list_text(catalogue(), width, coloured=coloured)
    for line in lines:
        click.echo(line, color=coloured)
