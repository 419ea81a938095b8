"""YAML to nodes. Nothing is constructed from tags, and nothing grows beyond what was written.

The events of the parser are read one by one with a bound on depth: composing in C would end the process on a file of
many brackets.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.node import Field, Items, Node, Section, Text

DEPTH = 12
NODES = 20_000
"""Of a file with its aliases written out."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOTHING = ("", "~", "null", "Null", "NULL")


def read(text: str, path: Path) -> Section:
    """The one section that a configuration file is; empty for an empty file.

    Raises ConfigurationError for what is not YAML, and for YAML that no configuration needs.
    """
    try:
        return _Document(text, path).read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigurationError(
            f"{where}: this is not YAML: {error.problem or error.context}", _hint(text, mark)
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(f"{path}: this is not YAML: {reason}", "Correct the file.") from None


def _hint(text: str, mark: Any) -> str:
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "The line begins with a tab; YAML is indented with spaces."
    return "Correct the line; a text with a colon, a # or a leading * needs quotes."


class _Document:
    def __init__(self, text: str, path: Path) -> None:
        self._path = path
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._count = 0

    def read(self) -> Section:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return Section(str(self._path))
        event = next(self._events)
        root = Field(self._where(event), "the configuration", self._node(event, 0)).section()
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._wrong(after, "a second document begins here; a configuration is one", "Use profiles instead.")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._wrong(event, f"nothing that is complete here is called &{event.anchor}")
            node, size = self._anchors[event.anchor]
            self._grow(event, size)
            return node
        if depth > DEPTH:
            raise self._wrong(event, "this is nested too deeply for a configuration")
        if event.tag is not None:
            raise self._wrong(event, "tags, which begin with !, are not read", "Leave the tag out.")
        before = self._count
        self._grow(event, 1)
        node = self._content(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, self._count - before)
        return node

    def _content(self, event: Any, depth: int) -> Node:
        where = self._where(event)
        if isinstance(event, yaml.ScalarEvent):
            nothing = event.implicit[0] and event.value in _NOTHING
            return Text(where, None if nothing else event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(where, tuple(self._node(item, depth + 1) for item in self._until(yaml.SequenceEndEvent)))
        fields: dict[str, Field] = {}
        for key in self._until(yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise self._wrong(key, "a key must be a plain word")
            if key.value in fields:
                raise self._wrong(key, f"{key.value!r} stands here twice; first at {fields[key.value].where}")
            fields[key.value] = Field(self._where(key), key.value, self._node(next(self._events), depth + 1))
        return Section(where, fields)

    def _until(self, end: type) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, end):
                return
            yield event

    def _grow(self, event: Any, nodes: int) -> None:
        self._count += nodes
        if self._count > NODES:
            raise self._wrong(event, f"this configuration holds more than {NODES:,} values")

    def _where(self, event: Any) -> str:
        return f"{self._path}:{event.start_mark.line + 1}"

    def _wrong(self, event: Any, fault: str, hint: str = "Correct the file.") -> ConfigurationError:
        return ConfigurationError(f"{self._where(event)}: {fault}", hint)
