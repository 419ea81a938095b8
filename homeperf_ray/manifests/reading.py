"""YAML to values with their places: event by event, without recursion, bounded in depth and size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, cast

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]

from homeperf_ray.manifests.scalars import number_text, scalar
from homeperf_ray.manifests.values import Mapping, Mark, Place, Sequence

MAX_BYTES = 16 << 20
"""Of one file; etcd takes objects of 1.5 MB, and bundles of CustomResourceDefinitions have a few MB."""

MAX_DEPTH = 150
"""Of nested collections."""

MAX_NODES = 2_000_000
"""In one document, after its aliases are expanded."""

MAX_BROKEN = 100
"""Documents of one file after which nobody looks for the next one any more."""

_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)


class Problem(NamedTuple):
    """Something wrong with the YAML itself. ``duplicate`` is true for a key that is there twice."""

    place: Place
    message: str
    duplicate: bool = False


class Document(NamedTuple):
    """One document: its value, where it begins, and which of its keys are there twice."""

    value: Any
    place: Place
    problems: tuple[Problem, ...]


class Stream(NamedTuple):
    """A file: its documents without the empty ones, and what could not be read of it."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


class _Event(Protocol):
    start_mark: Mark
    anchor: str | None
    value: str
    tag: str | None
    implicit: tuple[bool, bool]


class _Parser(Protocol):
    def get_event(self) -> _Event | None: ...


class _Fault(Exception):  # noqa: N818 - a fault of the text
    def __init__(self, mark: Mark, message: str) -> None:
        super().__init__(message)
        self.mark = mark
        self.message = message


class _Shifted(NamedTuple):
    line: int
    column: int


def decode(data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 with a byte order mark. Raises UnicodeDecodeError."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def read(text: str) -> Stream:
    """Every document of a text at once."""
    found = list(each_document(text))
    return Stream(
        tuple(one for one in found if isinstance(one, Document)),
        tuple(one for one in found if isinstance(one, Problem)),
    )


def each_document(text: str) -> Iterator[Document | Problem]:
    """The documents of a text, one after another, without the empty ones; in place of one that is broken its problem.

    Behind that reading goes on at the next ``---``, up to ``MAX_BROKEN`` times.
    """
    offset: int | None = 0
    for number in range(MAX_BROKEN):
        problem = None
        for problem in _read_from(text, offset or 0):
            if isinstance(problem, Problem) and number + 1 == MAX_BROKEN:
                yield problem._replace(message=f"{problem.message}; what follows is not read: {MAX_BROKEN} are broken")
            else:
                yield problem
        if not isinstance(problem, Problem):
            return
        offset = _after(text, problem.place.line, offset or 0)
        if offset is None:
            return


def _after(text: str, line: int, offset: int) -> int | None:
    """Where the next document begins, in a line or behind it, beyond ``offset``."""
    position = 0
    for _ in range(line - 1):
        position = text.find("\n", position) + 1
    found = _SEPARATOR.search(text, max(position, offset + 1))
    return found.start() if found else None


def _read_from(text: str, offset: int) -> Iterator[Document | Problem]:
    """The documents from an offset on, up to the first problem."""
    shift = text.count("\n", 0, offset)
    try:
        parser = cast("_Parser", CParser(text[offset:] if offset else text))
        builder = _Builder(parser, shift)
        while (document := builder.document()) is not None:
            if document.value is not None or document.problems:
                yield document
    except _Fault as fault:
        yield Problem(Place(fault.mark.line + 1, fault.mark.column + 1), fault.message)
    except yaml.reader.ReaderError as error:
        before = text[: offset + error.position] if isinstance(error.position, int) else ""
        where = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        yield Problem(where, f"a character that YAML does not allow: {error.reason}")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Place(mark.line + 1 + shift, mark.column + 1) if mark else Place(1 + shift, 1)
        yield Problem(where, _sentence(text, where, error))
    except (yaml.YAMLError, ValueError) as error:
        yield Problem(Place(1 + shift, 1), str(error))


def _sentence(text: str, where: Place, error: yaml.MarkedYAMLError) -> str:
    lines = text.split("\n", where.line)
    line = lines[where.line - 1] if where.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indented by a tab, which YAML does not allow: use spaces"
    said = " ".join(part.strip() for part in (error.problem, error.context) if part)
    if "mapping values are not allowed" in said:
        return f"{said}: quote a value that holds ': ', or indent the line as its neighbours"
    return said


class _Builder:
    """Builds the documents of one parser. ``shift`` lines stand before its text."""

    def __init__(self, parser: _Parser, shift: int) -> None:
        self._next = parser.get_event
        self._shift = shift
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._nodes = 0
        self._open: set[str] = set()
        self._problems: list[Problem] = []

    def document(self) -> Document | None:
        """The next document; None at the end."""
        while True:
            event = self._next()
            if event is None or isinstance(event, yaml.StreamEndEvent):
                return None
            if isinstance(event, yaml.DocumentStartEvent):
                break
        self._anchors, self._nodes, self._problems = {}, 0, []
        self._open = set()
        value, mark = self._content()
        return Document(value, Place(mark.line + 1, mark.column + 1), tuple(self._problems))

    def _content(self) -> tuple[Any, Mark]:  # noqa: C901 - one branch a kind of event
        """One document's value, by a stack of open collections."""
        stack: list[_Open] = []
        while True:
            event = self._next()
            assert event is not None
            kind: type = type(event)
            mark = self._mark(event)
            self._nodes += 1
            if kind is yaml.ScalarEvent:
                value = _value(event)
                if event.anchor:
                    self._anchors[event.anchor] = (value, 1)
            elif kind is yaml.AliasEvent:
                value = self._alias(event, mark)
            elif kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
                if len(stack) >= MAX_DEPTH:
                    raise _Fault(mark, f"nested deeper than {MAX_DEPTH} collections")
                new: Any = Mapping(mark) if kind is yaml.MappingStartEvent else Sequence(mark)
                if event.anchor:
                    self._open.add(event.anchor)
                stack.append(_Open(new, event.anchor, self._nodes, mark))
                continue
            elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
                done = stack.pop()
                value, mark = done.value, done.mark
                if done.anchor:
                    self._open.discard(done.anchor)
                    self._anchors[done.anchor] = (value, self._nodes - done.nodes)
            else:
                return None, mark
            if not stack:
                self._next()
                return value, mark
            if self._nodes > MAX_NODES:
                raise _Fault(mark, f"aliases expand to more than {MAX_NODES:,} nodes")
            self._put(stack[-1], value, mark)

    def _mark(self, event: _Event) -> Mark:
        mark = event.start_mark
        return _Shifted(mark.line + self._shift, mark.column) if self._shift else mark

    def _alias(self, event: _Event, mark: Mark) -> Any:
        assert event.anchor is not None
        if event.anchor in self._open:
            raise _Fault(mark, f"the alias *{event.anchor} stands inside its own anchor")
        if event.anchor not in self._anchors:
            raise _Fault(mark, f"no anchor &{event.anchor} stands before this alias")
        value, nodes = self._anchors[event.anchor]
        self._nodes += nodes
        return value

    def _put(self, parent: _Open, value: Any, mark: Mark) -> None:
        into = parent.value
        if isinstance(into, Sequence):
            into.append(value)
            into.marks.append(mark)
        elif parent.key is None:
            parent.key = (self._key(value, mark), mark)
        else:
            key, key_mark = parent.key
            parent.key = None
            if key == "<<":
                self._merge(parent, value, mark)
                return
            if key in into.places and key not in parent.merged:
                first = into.places[key][0]
                message = f"the key {key!r} is there twice: first in line {first.line + 1}"
                self._problems.append(Problem(Place(key_mark.line + 1, key_mark.column + 1), message, duplicate=True))
            parent.merged.discard(key)
            into[key] = value
            into.places[key] = (key_mark, mark)

    def _key(self, value: Any, mark: Mark) -> str:
        if isinstance(value, (Mapping, Sequence)):
            raise _Fault(mark, "a collection cannot be a key: quote {{ }} of a template")
        return value if isinstance(value, str) else number_text(value)

    def _merge(self, parent: _Open, value: Any, mark: Mark) -> None:
        """``<<``: keys that are there already win, and so do those that come later."""
        for source in value if isinstance(value, Sequence) else [value]:
            if not isinstance(source, Mapping):
                raise _Fault(mark, "<< takes a mapping, or a list of mappings")
            for key, one in source.items():
                if key not in parent.value:
                    parent.value[key] = one
                    parent.value.places[key] = source.places[key]
                    parent.merged.add(key)


class _Open:
    """A collection that is being filled; ``nodes`` is the count at its start."""

    __slots__ = ("anchor", "key", "mark", "merged", "nodes", "value")

    def __init__(self, value: Any, anchor: str | None, nodes: int, mark: Mark) -> None:
        self.value = value
        self.anchor = anchor
        self.nodes = nodes
        self.mark = mark
        self.key: tuple[str, Mark] | None = None
        self.merged: set[str] = set()


def _value(event: _Event) -> Any:
    tag = event.tag
    if event.implicit[0]:
        return scalar(event.value)
    if not tag or tag in ("!", "tag:yaml.org,2002:str") or not tag.startswith("tag:yaml.org,2002:"):
        return event.value
    return scalar(event.value)
