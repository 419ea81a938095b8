"""How a command ends that could not be done: a sentence, a hint, exit code 3, no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.kube.errors import KubeError
from homeperf_ray.render.escape import safe


def sentences(error: KubeError | ConfigurationError) -> list[str]:
    """What is wrong and what to do, a line each."""
    advice = [f"  {safe(error.hint)}"] if error.hint else []
    return [f"homeperf: {safe(error.message)}", *advice]


def show(error: KubeError | ConfigurationError) -> None:
    """What is wrong and what to do, on stderr."""
    for sentence in sentences(error):
        click.echo(sentence, err=True)


@contextmanager
def failing() -> Iterator[None]:
    """Show a KubeError and end the command with exit code 3."""
    try:
        yield
    except KubeError as error:
        show(error)
        raise SystemExit(3) from None
