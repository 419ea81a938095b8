"""``--config`` and ``--profile``, and what holds for a command in the end."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from homeperf_ray.cli.failure import show
from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.keys import KEYS
from homeperf_ray.config.layer import Loaded
from homeperf_ray.config.load import load, profiles
from homeperf_ray.config.settings import Settings, settle
from homeperf_ray.config.value import DEFAULT
from homeperf_ray.render.escape import safe

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])

_NAMED = "homeperf.configuration"
_LOADED = "homeperf.loaded"
_SETTINGS = "homeperf.settings"


class Misconfigured(click.ClickException):
    """Ends a command whose configuration cannot be used, as every failure ends: a sentence, a hint, exit code 3."""

    exit_code = 3

    def __init__(self, error: ConfigurationError) -> None:
        super().__init__(error.message)
        self.error = error

    def show(self, file: IO[Any] | None = None) -> None:
        show(self.error)


def _profiles(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
    from homeperf_ray.cli import candidates

    return candidates.profiles(ctx, param, incomplete)


def _files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
    from homeperf_ray.cli import candidates

    return candidates.files(incomplete)


def config_options(function: F) -> F:
    """``--config`` and ``--profile``: load the configuration before any other option looks for its default."""
    for decorator in (
        click.option(
            "--profile",
            metavar="NAME",
            envvar="HOMEPERF_PROFILE",
            is_eager=True,
            expose_value=False,
            callback=_name,
            shell_complete=_profiles,
            help="Profile of the configuration.",
        ),
        click.option(
            "--config",
            metavar="FILE",
            envvar="HOMEPERF_CONFIG",
            is_eager=True,
            expose_value=False,
            callback=_name,
            shell_complete=_files,
            help="Configuration file.  [default: homeperf/config.yaml in the XDG configuration directory]",
        ),
    ):
        function = decorator(function)
    return function


def settings(ctx: click.Context) -> Settings:
    """What holds for this command: option, environment, profile, file, default. What it warns of is shown once.

    The command must have ``config_options``. Raises Misconfigured.
    """
    if _SETTINGS not in ctx.meta:
        ctx.meta[_SETTINGS] = found = _settled(ctx.meta[_LOADED], dict(os.environ), _given(ctx))
        for warning in found.warnings:
            click.echo(f"homeperf: warning: {safe(warning)}", err=True)
    settled: Settings = ctx.meta[_SETTINGS]
    return settled


def settings_so_far(ctx: click.Context) -> Settings:
    """What holds for a command line that is still being written. Nothing is warned of. Raises Misconfigured."""
    named = ctx.meta.get(_NAMED, {})
    try:
        loaded = load(named.get("config"), named.get("profile"), os.environ)
    except ConfigurationError as error:
        raise Misconfigured(error) from None
    return _settled(loaded, dict(os.environ), _given(ctx))


def profiles_so_far(ctx: click.Context) -> tuple[str, ...]:
    """The profiles of the file that holds for a command line that is still being written. Raises Misconfigured."""
    try:
        return profiles(ctx.meta.get(_NAMED, {}).get("config"), os.environ)
    except ConfigurationError as error:
        raise Misconfigured(error) from None


def _name(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Keep what was named, and load once both options are known."""
    named = ctx.meta.setdefault(_NAMED, {})
    named[param.name] = value
    if len(named) < 2 or ctx.resilient_parsing:
        return
    try:
        loaded = load(named["config"], named["profile"], os.environ)
    except ConfigurationError as error:
        raise Misconfigured(error) from None
    ctx.meta[_LOADED] = loaded
    if loaded.file is None:
        return
    said = _settled(loaded, {}, {})
    ctx.default_map = {
        KEYS[name].parameter: [value.value] if KEYS[name].kind.many and name != "domains" else value.value
        for name, value in said.options.items()
        if value.origin != DEFAULT
    }


def _settled(loaded: Loaded, environ: dict[str, str], given: dict[str, Any]) -> Settings:
    today = datetime.now().astimezone().date()
    try:
        return settle(loaded, environ, given, today)
    except ConfigurationError as error:
        raise Misconfigured(error) from None


def _given(ctx: click.Context) -> dict[str, Any]:
    """What stands on the command line, by long name."""
    return {
        name: _plain(ctx.params[key.parameter])
        for name, key in KEYS.items()
        if ctx.get_parameter_source(key.parameter) is ParameterSource.COMMANDLINE
    }


def _plain(value: Any) -> Any:
    """An option that may be repeated gives a tuple of tuples; a path is a text in the settings."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return tuple(name for part in value for name in ((part,) if isinstance(part, str) else part))
    return value
