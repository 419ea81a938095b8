"""A configuration file as it was written: texts, lists and sections, each of which knows its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.nearest import did_you_mean

HINT = "homeperf config path names the file; docs/configuration.md explains every key."


class Text(msgspec.Struct, frozen=True):
    """A text, unquoted; None where nothing is written. ``where`` is ``FILE:LINE``."""

    where: str
    text: str | None


class Items(msgspec.Struct, frozen=True):
    where: str
    items: tuple[Node, ...] = ()


class Field(msgspec.Struct, frozen=True):
    """What stands at a key; ``where`` is the place of the key."""

    where: str
    name: str
    node: Node

    def wrong(self, fault: str) -> ConfigurationError:
        return ConfigurationError(f"{self.where}: {self.name}: {fault}", HINT)

    def text(self) -> str:
        """Raises ConfigurationError where there is none, or more than a text."""
        if not isinstance(self.node, Text):
            raise self.wrong("must be one value")
        if self.node.text is None:
            raise self.wrong("has no value")
        return self.node.text

    def texts(self) -> tuple[str, ...] | None:
        """The texts of a list; None where this is no list."""
        if not isinstance(self.node, Items):
            return None
        return tuple(Field(item.where, self.name, item).text() for item in self.node.items)

    def section(self) -> Section:
        """The keys below; none where nothing is written."""
        if isinstance(self.node, Section):
            return self.node
        if isinstance(self.node, Text) and self.node.text is None:
            return Section(self.where)
        raise self.wrong("must hold keys and values")

    def sections(self) -> tuple[Section, ...]:
        """The items of a list of sections; none where nothing is written."""
        if isinstance(self.node, Text) and self.node.text is None:
            return ()
        if not isinstance(self.node, Items):
            raise self.wrong("must be a list, whose items begin with -")
        return tuple(Field(item.where, self.name, item).section() for item in self.node.items)


class Section:
    """Fields by their keys, in the order of the file."""

    def __init__(self, where: str, fields: Mapping[str, Field] | None = None) -> None:
        self.where = where
        self.fields: Mapping[str, Field] = fields or {}

    def only(self, known: Iterable[str], what: str) -> None:
        """Raise ConfigurationError for the first key that is not known."""
        known = tuple(known)
        for name, field in self.fields.items():
            if name not in known:
                raise ConfigurationError(
                    f"{field.where}: {name!r} is not {what}.{did_you_mean(name, known)}",
                    f"There are {', '.join(known)}.",
                )


Node = Text | Items | Section
