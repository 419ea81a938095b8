"""The scripts by which shells ask homeperf what may come next."""

from __future__ import annotations

from pathlib import Path

SHELLS = ("bash", "zsh", "fish")


def script(shell: str) -> str:
    """The script of one of ``SHELLS``. Nothing in it depends on this machine."""
    return (Path(__file__).with_name("shells") / f"homeperf.{shell}").read_text("utf-8")
