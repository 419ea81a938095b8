"""How a command ends that could not be done: a sentence, a hint, exit code 3, no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.escape import safe


def show(error: KubeError | ConfigurationError) -> None:
    """What is wrong and what to do, on stderr."""
    click.echo(f"homeperf: {safe(error.message)}", err=True)
    if error.hint:
        click.echo(f"  {safe(error.hint)}", err=True)


@contextmanager
def failing() -> Iterator[None]:
    """Show a KubeError and end the command with exit code 3."""
    try:
        yield
    except KubeError as error:
        show(error)
        raise SystemExit(3) from None
