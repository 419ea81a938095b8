"""The contents of a tree: everything that is known, and what of it is reported on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from homeperf_ray.executor.validation.job import ValidateJob
from homeperf_ray.manifests.fault import Fault
from homeperf_ray.manifests.files import Unreadable, expand, read_bytes
from homeperf_ray.manifests.path_glob import matches

STDIN = "<stdin>"


class Places(NamedTuple):
    """Where everything lies. Files are named by their POSIX path below the root: ``full`` has their path on disk,
    ``names`` what those are called that are reported on. ``excluded`` counts those that were asked for and are not.
    """

    full: Mapping[str, str]
    names: Mapping[str, str]
    excluded: int


class Contents(NamedTuple):
    """What was read, by file, and why what was asked for could not be."""

    data: Mapping[str, bytes]
    unreadable: Sequence[tuple[str, Fault]]


def find(job: ValidateJob) -> Places:
    """Find everything below the root, and what was asked for."""
    root = Path(job.root)
    names: dict[str, str] = {}
    full: dict[str, str] = {}
    excluded = 0
    top = os.path.normpath(root.absolute())
    here = Path.cwd()
    for text in job.files:
        asked = os.path.normpath(here / text)
        inner = _inside(asked, top)
        full[inner] = asked
        if matches(inner, job.exclude):
            excluded += 1
        else:
            names[inner] = text
    if root.is_dir() and job.stdin is None:
        for path in expand([top]):
            full.setdefault(_inside(str(path), top), str(path))
    if job.stdin is not None:
        names[STDIN] = STDIN
    return Places(full, names, excluded)


def load(job: ValidateJob, places: Places) -> Contents:
    """Read everything; of what cannot be read only what was asked for is told."""
    data: dict[str, bytes] = {}
    unreadable: list[tuple[str, Fault]] = []
    for inner, full in places.full.items():
        try:
            data[inner] = read_bytes(full)
        except Unreadable as error:
            if inner in places.names:
                unreadable.append((places.names[inner], Fault("HP903", "error", 1, 1, str(error))))
    if job.stdin is not None:
        data[STDIN] = job.stdin
    return Contents(data, unreadable)


def chart_templates(files: Sequence[str]) -> set[str]:
    """The templates beside a Chart.yaml, which are no YAML before Helm has filled them in."""
    charts = [file.removesuffix("Chart.yaml") for file in files if file == "Chart.yaml" or file.endswith("/Chart.yaml")]
    folders = tuple(f"{chart}templates/" for chart in charts)
    return {file for file in files if file.startswith(folders)} if folders else set()


def _inside(path: str, root: str) -> str:
    """The POSIX path of a file relative to the root; both are absolute and normal."""
    if path.startswith(root + os.sep):
        return path[len(root) + 1 :].replace(os.sep, "/")
    return os.path.relpath(path, root).replace(os.sep, "/")
