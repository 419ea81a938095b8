"""A value, and who said so."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

DEFAULT = "default"


class Value(NamedTuple, Generic[T]):
    """``origin`` is for the reader: ``default``, ``file PATH:LINE``, ``profile NAME (PATH:LINE)``,
    ``environment HOMEPERF_X`` or ``option --x``.
    """

    value: T
    origin: str = DEFAULT
