"""What may come next on a command line, in the form that each shell reads.

A shell asks while somebody types: whatever happens here, nothing is said but candidates.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem, ShellComplete

from homeperf_ray.cli.scripts import SHELLS, script
from homeperf_ray.cli.shellwords import Word, words, written
from homeperf_ray.render.escape import safe

Item = CompletionItem[Any]

LONGEST = 5
"""Seconds after which nobody waits for an answer any more."""

_HELP = 80
"""Characters of a description."""


def answer(instruction: str, cli: click.Command) -> NoReturn:
    """Do what a shell asks for by its variable: ``bash_complete``, ``zsh_source`` and so on. Ends the process."""
    shell, _, what = instruction.partition("_")
    if shell in SHELLS and what == "source":
        sys.stdout.write(script(shell))
        sys.stdout.flush()
        os._exit(0)
    asked = {"bash": _bash, "zsh": _zsh, "fish": _fish}.get(shell) if what == "complete" else None
    _say((lambda: asked(cli)) if asked else list)


def kubectl() -> NoReturn:
    """Answer kubectl, which calls ``kubectl_complete-homeperf WORD...``, the last word being the one at the cursor.

    One candidate a line, with its description after a tab, and at the end cobra's directive: 4 for no file names, 0
    where they are wanted, 16 for folders. Names that a shell would have to quote are left out: kubectl's scripts do not
    quote them, and in bash some versions expand what they are given.
    """
    from homeperf_ray.cli.main import homeperf

    def lines() -> Iterator[str]:
        items = candidates(homeperf, sys.argv[1:-1], sys.argv[-1] if len(sys.argv) > 1 else "")
        safe_ones = [item for item in items if item.type == "plain" and written(item.value, "") == item.value]
        yield from ("\t".join(filter(None, (item.value, _help(item)))) for item in safe_ones)
        kinds = {item.type for item in items}
        yield ":0" if "file" in kinds else ":16" if "dir" in kinds else ":4"

    _say(lines, otherwise=[":4"])


def candidates(cli: click.Command, before: Sequence[str], incomplete: str) -> list[Item]:
    """What the word that begins with ``incomplete`` may be, whole: ``--context=home`` and not only ``home``."""
    items = ShellComplete(cli, {}, "homeperf", "").get_completions(list(before), incomplete)
    option, equals, _ = incomplete.partition("=")
    lead = f"{option}=" if equals and option.startswith("-") else ""
    return [
        CompletionItem(lead + item.value, type=item.type, help=item.help)
        for item in items
        if item.type != "plain" or (item.value and item.value.isprintable())
    ]


def _bash(cli: click.Command) -> Iterator[str]:
    """What replaces the part of the word that readline takes for the word: it begins a new one at ``=:@``, too."""
    line = words(os.environ["COMP_LINE"])
    begins = next(number for number, word in enumerate(line) if word.raw == os.environ["COMP_COMMAND"])
    current = line[-1]
    replaced = os.environ["COMP_WORD"]
    if begins == len(line) - 1 or not current.raw.endswith(replaced):
        return
    kept: Word = words(current.raw.removesuffix(replaced))[-1]
    for item in candidates(cli, [word.value for word in line[begins + 1 : -1]], current.value):
        if item.type != "plain":
            yield f"{item.type}:"
        elif item.value.startswith(kept.value):
            yield f"word:{written(item.value.removeprefix(kept.value), kept.quote)}"


def _zsh(cli: click.Command) -> Iterator[str]:
    yield from _described(candidates(cli, sys.argv[1:-1], sys.argv[-1]))


def _fish(cli: click.Command) -> Iterator[str]:
    """fish gives the word at the cursor as it stands, with its quotes. It would expand a ~ at its beginning."""
    items = candidates(cli, sys.argv[1:-1], words(sys.argv[-1])[-1].value)
    yield from _described(item for item in items if not item.value.startswith("~"))


def _described(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        yield "\t".join(("word", item.value, _help(item))) if item.type == "plain" else item.type


def _help(item: Item) -> str:
    return safe(" ".join((item.help or "").split()), _HELP)


def _say(lines: Callable[[], Iterable[str]], otherwise: Sequence[str] = ()) -> NoReturn:
    """Write the lines, or those for when anything went wrong; nothing else reaches the terminal, from here or from
    a credential plugin that was started.
    """
    out = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
        signal.alarm(LONGEST)
    try:
        said = list(lines())
    except BaseException:  # noqa: BLE001 - a prompt is no place for errors, not even for an interrupt
        said = list(otherwise)
    with contextlib.suppress(OSError), os.fdopen(out, "wb") as stream:
        stream.write("".join(f"{line}\n" for line in said).encode("utf-8", "replace"))
    os._exit(0)
