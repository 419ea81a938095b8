"""The entry point: a group whose commands are imported when they are called."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homeperf_ray import __version__
from homeperf_ray.startup import hurry, open_streams

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMPLETE = "_HOMEPERF_COMPLETE"
"""The variable by which a shell asks what may come next."""

_UNWRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF)
"""How writing to stdout fails."""

COMMANDS = {
    "check": "Judge the cluster: nodes, workloads, storage, network, flux.",
    "get": "Print objects of several kinds, namespaces and contexts at once.",
    "validate": "Check manifests before they are committed.",
    "up": "Start the warm Ray runtime on this machine.",
    "down": "Stop the runtime.",
    "status": "Show the runtime: nodes, workers, cache.",
    "serve": "Make the Ray cluster whose head this is a runtime for workstations.",
    "cache": "Show what the runtime's cache holds, and clear it.",
    "doctor": "What is missing on this machine or in your permissions.",
    "trends": "How it has gone in the past, and where it is going.",
    "explain": "What a code means, why it happens, and what to do.",
    "config": "Show what holds: options, environment, profile and file.",
    "completion": "Print the completion script of a shell: bash, zsh or fish.",
    "sim": "Run the embedded homelab, or a command against it.",
    "demo": "Everything once, with nothing installed but this package.",
    "bench": "Measure homeperf against the ways that it replaces.",
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and one line, and imports a command's module when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"homeperf_ray.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        from click.shell_completion import CompletionItem

        commands = [CompletionItem(name, help=line) for name, line in COMMANDS.items() if name.startswith(incomplete)]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from homeperf_ray.config.nearest import did_you_mean

            ctx.fail(f"no such command {name!r}.{did_you_mean(name, COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="homeperf")
def homeperf() -> None:
    """Is my homelab healthy, and is it getting slower?

    homeperf reads a Kubernetes cluster with few parallel requests under one budget, judges it, and writes every
    timing to Parquet. It never changes the cluster.
    """


def main() -> None:
    """Run homeperf: exit code 3 for a command that could not be done, bad usage and defects included, 130 when
    interrupted, 141 when nobody reads on.
    """
    open_streams()
    hurry()
    if COMPLETE in os.environ:
        from homeperf_ray.cli.answer import answer

        answer(os.environ[COMPLETE], homeperf)
    sys.exit(_run())


def _run() -> int:
    called = Path(sys.argv[0]).name
    name = "kubectl homeperf" if called.startswith("kubectl-") else "homeperf"
    try:
        code = _invoked(name, sys.argv[1:])
        sys.stdout.flush()
    except click.ClickException as error:
        _name_variable(error)
        error.show()
        return 3
    except (click.Abort, KeyboardInterrupt):
        click.echo("homeperf: interrupted", err=True)
        return 130
    except BrokenPipeError:
        _abandon_stdout()
        return 141
    except Exception as error:  # noqa: BLE001 - Python's exit code for it is 1, which means warnings
        _abandon_stdout()
        return _failed(error)
    return code


def _invoked(name: str, arguments: list[str]) -> int:
    """As ``click.main``, which would end with 1 where nobody reads on."""
    try:
        with homeperf.make_context(name, arguments) as ctx:
            code = homeperf.invoke(ctx)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    return code if isinstance(code, int) else 0


def _name_variable(error: click.ClickException) -> None:
    """Let a value that came from the environment be told with its variable, not with an option that nobody typed."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return
    source = error.ctx.get_parameter_source(error.param.name or "")
    if source is click.core.ParameterSource.ENVIRONMENT and isinstance(error.param.envvar, str):
        error.param_hint = error.param.envvar


def _failed(error: Exception) -> int:
    """Tell what nobody has foreseen."""
    with contextlib.suppress(OSError):
        if isinstance(error, OSError) and error.filename is None and error.errno in _UNWRITTEN:
            click.echo(f"homeperf: stdout cannot be written to: {error.strerror}", err=True)
        else:
            import traceback

            traceback.print_exception(error)
            click.echo("homeperf: this is a defect of homeperf; the lines above say where", err=True)
    return 3


def _abandon_stdout() -> None:
    """What is still to be written goes nowhere, so that Python does not fail on it at the end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


if __name__ == "__main__":
    main()
