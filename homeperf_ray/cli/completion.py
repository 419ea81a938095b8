"""``homeperf completion``: print the completion script of a shell."""

from __future__ import annotations

import click

from homeperf_ray.cli.scripts import SHELLS, script


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a shell; docs/completion.md says how it is installed.

    At once, for one session: `source <(homeperf completion bash)`, the same for zsh after compinit, and for fish
    `homeperf completion fish | source`.
    """
    click.echo(script(shell), nl=False)
