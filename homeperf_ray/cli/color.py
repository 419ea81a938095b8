"""Whether stdout is coloured."""

from __future__ import annotations

from collections.abc import Mapping


def color(choice: str, environ: Mapping[str, str]) -> bool | None:
    """What ``click.echo`` takes for ``--color``: None leaves it to whether stdout is a terminal.

    ``NO_COLOR``, set to anything, decides ``auto`` only: an option is nearer than a general wish.
    """
    if choice == "auto":
        return False if environ.get("NO_COLOR") else None
    return choice == "always"
