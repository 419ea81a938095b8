"""``homeperf config``: what holds, and where it comes from."""

from __future__ import annotations

import os
from pathlib import Path

import click

from homeperf_ray.cli.configuration import config_options, settings
from homeperf_ray.cli.kinds import File
from homeperf_ray.render.escape import safe


@click.group("config")
def command() -> None:
    """Show what holds: options, environment, profile and file."""


@command.command("view")
@config_options
@click.option("--show-origin", is_flag=True, help="With every value, who said so; thresholds at their defaults too.")
@click.option("--all", "every", is_flag=True, help="Thresholds at their defaults too.")
@click.option("-o", "--output", "shape", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
@click.pass_context
def view(ctx: click.Context, show_origin: bool, every: bool, shape: str) -> None:
    """Show what a check without options would go by: environment, profile, file and defaults, merged.

    The YAML is a configuration file again.
    """
    from homeperf_ray.cli.config_view import as_json, as_yaml

    held = settings(ctx)
    every = every or show_origin
    if shape == "json":
        click.echo(as_json(held, every=every, origins=show_origin))
        return
    for line in as_yaml(held, every=every, origins=show_origin):
        click.echo(line)


@command.command("path")
@click.option("--config", type=File(), metavar="FILE", envvar="HOMEPERF_CONFIG", help="Configuration file.")
def path(config: str | None) -> int:
    """Show which file is read. Exit code 3 where there is none."""
    from homeperf_ray.config.file import default_path

    file = Path(config) if config else default_path(os.environ)
    click.echo(safe(str(file)))
    if file.exists():
        return 0
    click.echo("homeperf: there is no such file yet; `homeperf config init` prints one to begin with", err=True)
    return 3


@command.command("init")
def init() -> None:
    """Print a configuration file to begin with, in which everything is a comment."""
    import homeperf_ray.config

    click.echo(Path(homeperf_ray.config.__file__).with_name("template.yaml").read_text("utf-8"), nl=False)
