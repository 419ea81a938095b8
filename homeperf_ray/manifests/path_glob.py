"""Globs of paths, as people write them in lists of what to leave out."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase


def matches(path: str, globs: Sequence[str]) -> bool:
    """Whether a glob fits a POSIX path as a whole, a folder above it, or the end of either.

    So ``vendor``, ``*.tmpl.yaml`` and ``apps/*/secrets`` do what they say. A ``*`` stands for any letters, ``/``
    included; a glob that begins with ``/`` or ``./`` fits from the root only.
    """
    return any(_fits(path, glob) for glob in globs)


def _fits(path: str, glob: str) -> bool:
    anchored = glob.startswith(("/", "./"))
    wanted = glob.removeprefix(".").strip("/") if anchored else glob.rstrip("/")
    parts = path.split("/")
    starts = [0] if anchored else range(len(parts))
    return any(
        fnmatchcase("/".join(parts[start:end]), wanted) for start in starts for end in range(start + 1, len(parts) + 1)
    )
