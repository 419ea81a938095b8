"""The kinds of the configuration as click knows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from homeperf_ray.config.kinds import (
    Choice,
    Contexts,
    Globs,
    Kind,
    Minor,
    Namespaces,
    Place,
    Places,
    Span,
    Whole,
    Words,
)

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    Items = list[CompletionItem[Any]]


class Reading(click.ParamType[Any]):
    """A value that a function reads from its text, with ValueError for what it cannot read."""

    def __init__(self, read: Callable[[str], Any], name: str) -> None:
        self.read = read
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """A variable for an option that may be repeated holds one comma list, which the kind takes apart."""
        return [rv]


class Duration(Reading):
    """Seconds, written as kubectl writes them: ``30s``, ``5m``, ``1h30m``, ``500ms``; a bare number is seconds."""

    def __init__(self, *, positive: bool = False) -> None:
        super().__init__(Span(positive).read, "duration")


class Names(Reading):
    """A comma list of names that a namespace could have."""

    def __init__(self) -> None:
        super().__init__(Namespaces().read, "names")


class Word(Reading):
    """One of the words of a key; its variable holds a comma list of them."""

    def __init__(self, kind: Words) -> None:
        super().__init__(kind.name, kind.what)
        self.words = kind.words

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        return [part.strip() for part in rv.split(",")]

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
        """Words that are not on the line yet."""
        from click.shell_completion import CompletionItem

        written = ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
        before = ctx.params.get(param.name or "") if written else None
        return [
            CompletionItem(word) for word in self.words if word.startswith(incomplete) and word not in (before or ())
        ]


class File(Reading):
    """The path of a file."""

    def __init__(self) -> None:
        super().__init__(Place().read, "file")

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
        from homeperf_ray.cli import candidates

        return candidates.files(incomplete)


class Folders(Reading):
    """A comma list of folders."""

    def __init__(self) -> None:
        super().__init__(Places().read, "folders")

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
        from homeperf_ray.cli import candidates

        return candidates.files(incomplete, folder=True)


class ContextNames(Reading):
    """A comma list of contexts."""

    def __init__(self) -> None:
        super().__init__(Contexts().read, "names")

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
        from homeperf_ray.cli import candidates

        return candidates.contexts(ctx, param, incomplete)


class NamespaceNames(Names):
    """A comma list of namespaces of a cluster, which is asked for them when they are completed."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
        from homeperf_ray.cli import candidates

        return candidates.namespaces(ctx, param, incomplete)


_NAMED: dict[type, Callable[[], Reading]] = {
    Place: File,
    Places: Folders,
    Contexts: ContextNames,
    Namespaces: NamespaceNames,
    Minor: lambda: Reading(Minor().read, "version"),
    Globs: lambda: Reading(Globs().read, "globs"),
}


def click_type(kind: Kind) -> click.ParamType[Any]:
    """How click reads a value of this kind."""
    match kind:
        case Whole():
            return click.IntRange(kind.low, kind.high)
        case Choice():
            return click.Choice(kind.words)
        case Place(folder=True):
            return click.Path(file_okay=False, path_type=Path)
        case Span():
            return Duration(positive=kind.positive)
    return _NAMED[type(kind)]() if type(kind) in _NAMED else Reading(kind.read, "number")
