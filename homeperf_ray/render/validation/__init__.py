"""The formats of ``homeperf validate`` by name; a format's module is imported when it is used."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator

from homeperf_ray.executor.validation.report import Validation

FORMATS = ("table", "json", "jsonl", "junit", "sarif", "name")


def render(found: Validation, output: str, *, width: int = 0) -> Iterator[str]:
    """The lines of a validation in one of ``FORMATS``, without line ends; ``width`` 0 takes the terminal's."""
    width = width or shutil.get_terminal_size((120, 24)).columns
    module = importlib.import_module(f"homeperf_ray.render.validation.{output}")
    yield from module.lines(found, width)
