"""Whether stdout is coloured."""

from __future__ import annotations

from collections.abc import Mapping


def color(choice: str, environ: Mapping[str, str]) -> bool | None:
    """What ``click.echo`` takes for ``--color``: None leaves it to whether stdout is a terminal.

    ``NO_COLOR``, set to anything, and a terminal that calls itself dumb decide ``auto`` only: an option is nearer than
    a general wish.
    """
    if choice == "auto":
        return False if environ.get("NO_COLOR") or environ.get("TERM") == "dumb" else None
    return choice == "always"
