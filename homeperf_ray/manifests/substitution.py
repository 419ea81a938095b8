"""Flux's postBuild substitution, on values instead of on text.

Flux writes an object as YAML, substitutes in that text and reads it again. So a text that is written without quotes
takes the type that its new content has, whatever quotes the file had; comments are gone by then.
"""

from __future__ import annotations

from collections.abc import Mapping as Values
from typing import Any

from homeperf_ray.manifests.envsubst import BadSubstitution, evaluate
from homeperf_ray.manifests.fault import Collector
from homeperf_ray.manifests.scalars import scalar
from homeperf_ray.manifests.values import Mapping, Path, Sequence, Unknown

SWITCH = "kustomize.toolkit.fluxcd.io/substitute"
MAX_GROWTH = 16 << 20
"""Characters by which the substitutions of one document may make it longer."""

_LEADING = frozenset("-?:,[]{}#&*!|>'\"%@`")


def disabled(value: Any) -> bool:
    """Whether an object keeps substitution away by an annotation or a label."""
    meta = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(meta, dict):
        return False
    holders = (meta.get("annotations"), meta.get("labels"))
    return any(isinstance(one, dict) and one.get(SWITCH) == "disabled" for one in holders)


def substitute(value: Any, values: Values[str, str], path: Path, found: Collector) -> Any:
    """A copy of a value with its texts evaluated; what has no value, or is malformed, is found and Unknown."""
    return _Substitution(values, found).of(value, path)


class _Substitution:
    """One document's. ``left`` are the characters by which it may still grow."""

    def __init__(self, values: Values[str, str], found: Collector) -> None:
        self._values = values
        self._found = found
        self._left = MAX_GROWTH

    def of(self, value: Any, path: Path) -> Any:
        if isinstance(value, Mapping):
            copy = Mapping(value.mark)
            for name, one in value.items():
                here = path.at(value, name)
                key = str(self._text(name, here, key=True)) if "$" in name else name
                copy[key] = self.of(one, here)
                copy.places[key] = value.places[name]
            return copy
        if isinstance(value, Sequence):
            items = Sequence(value.mark)
            items.marks = value.marks
            items.extend(self.of(one, path.at(value, index)) for index, one in enumerate(value))
            return items
        if isinstance(value, str) and "$" in value:
            return self._text(value, path)
        return value

    def _grown(self, text: str, new: str, missing: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        self._left -= max(0, len(new) - len(text))
        if self._left < 0:
            raise BadSubstitution(f"the document grows by more than {MAX_GROWTH:,} characters")
        return new, missing

    def _text(self, text: str, path: Path, *, key: bool = False) -> Any:
        try:
            new, missing = self._grown(text, *evaluate(text, self._values))
        except BadSubstitution as error:
            self._found.add("HP941", path, str(error), key=key)
            return Unknown(text)
        if missing:
            for name in missing:
                self._found.add("HP940", path, f"${{{name}}} has no value here and no default", key=key)
            return Unknown(new)
        if isinstance(new, Unknown) or new == text:
            return new
        return scalar(new) if is_plain(text) and not key else new


def is_plain(text: str) -> bool:
    """Whether Flux writes a text without quotes, so that what it becomes is read anew."""
    return not (
        "\n" in text or text[0] in _LEADING or text != text.strip() or ": " in text or " #" in text or text[-1] == ":"
    )
