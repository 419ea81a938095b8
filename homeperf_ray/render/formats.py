"""The output formats by name; a format's module is imported when it is used."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator
from typing import Any

from homeperf_ray.executor.report import Survey
from homeperf_ray.kube.errors import KubeError

FORMATS = ("table", "wide", "json", "yaml", "jsonl", "junit", "prometheus", "name")

FOR_PEOPLE = frozenset({"table", "wide"})
"""Formats that nothing parses: they may be coloured, redrawn, and left out where nothing changed."""


def render(survey: Survey, output: str, *, width: int = 0) -> Iterator[str]:
    """The lines of a survey in one of ``FORMATS``, without line ends; ``width`` 0 takes the terminal's."""
    width = width or shutil.get_terminal_size((120, 24)).columns
    yield from _module(output).lines(survey, width)


def failure(error: KubeError, output: str) -> Iterator[str]:
    """The lines of a run that could not begin: what parses the format can parse them; nothing for people."""
    if output not in FOR_PEOPLE:
        yield from _module(output).failure_lines(error)


def _module(output: str) -> Any:
    return importlib.import_module(f"homeperf_ray.render.{output}")
