"""YAML values that know where they were written."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol


class Mark(Protocol):
    """A place in a text; line and column count from 0."""

    @property
    def line(self) -> int: ...

    @property
    def column(self) -> int: ...


class Place(NamedTuple):
    """A place in a file; line and column count from 1."""

    line: int
    column: int


class Mapping(dict[str, Any]):
    """A mapping; ``places`` holds for each key the marks of the key and of its value."""

    __slots__ = ("mark", "places")

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.places: dict[str, tuple[Mark, Mark]] = {}


class Sequence(list[Any]):
    """A sequence; ``marks`` holds the mark of each item."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.marks: list[Mark] = []


class Unknown(str):
    """A value that only the cluster knows: encrypted, or from a variable that lives there. Any schema accepts it."""

    __slots__ = ()


class Path(NamedTuple):
    """The way to a value: the container that holds it, and the key or index there. The root has no container."""

    above: Path | None
    container: Any
    key: str | int | None

    def at(self, container: Any, key: str | int) -> Path:
        """The way to what ``container``, which is here, holds under ``key``."""
        return Path(self, container, key)

    def __str__(self) -> str:
        """``spec.containers[0].image``; keys that hold dots stand in brackets."""
        parts: list[str] = []
        step: Path | None = self
        while step is not None and step.key is not None:
            parts.append(_written(step.key))
            step = step.above
        return "".join(reversed(parts)).removeprefix(".")


ROOT = Path(None, None, None)


def place(path: Path, *, key: bool = False) -> Place:
    """Where the value stands, or its key."""
    step: Path | None = path
    while step is not None and step.key is not None:
        mark = _mark(step.container, step.key, key=key)
        if mark is not None:
            return Place(mark.line + 1, mark.column + 1)
        step = step.above
    return Place(1, 1)


def _mark(container: Any, name: str | int, *, key: bool) -> Mark | None:
    if isinstance(container, Mapping):
        marks = container.places.get(str(name))
        return None if marks is None else marks[0 if key else 1]
    if isinstance(container, Sequence) and isinstance(name, int) and name < len(container.marks):
        return container.marks[name]
    return None


def _written(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    plain = key.replace("_", "").replace("-", "").isalnum()
    return f".{key}" if plain else f"[{key!r}]"
