"""Which files are asked for: folders, files, globs, what git says has changed."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from homeperf_ray.manifests.reading import MAX_BYTES

_SUFFIXES = (".yaml", ".yml")
_NAMED = (*_SUFFIXES, ".json")
_LEFT_OUT = frozenset({".git", "node_modules", ".venv", "__pycache__", ".terraform", ".direnv"})


class PathError(Exception):
    """A path that cannot be used; the message says why."""


class Unreadable(Exception):  # noqa: N818 - a fault of a file, told as a finding
    """A file that cannot be read; the message says why."""


def expand(paths: Sequence[str]) -> list[Path]:
    """The files of folders, files and globs, each once and in order. Raises PathError.

    In folders ``*.yaml`` and ``*.yml`` are taken, ``kustomization`` included; what is named by itself is taken
    whatever it is called. A symbolic link to a folder is not followed, except where it is named.
    """
    found: dict[Path, None] = {}
    for text in paths:
        path = Path(text)
        if path.is_dir():
            found.update(dict.fromkeys(_walk(path)))
        elif path.exists() or path.is_symlink():
            found[path] = None
        elif glob.has_magic(text):
            for one in sorted(glob.glob(text, recursive=True)):  # noqa: PTH207 - as a shell does it
                inner = Path(one)
                if inner.is_dir():
                    found.update(dict.fromkeys(_walk(inner)))
                elif inner.suffix in _NAMED:
                    found[inner] = None
        else:
            raise PathError(f"{text}: no such file or folder")
    return list(found)


def _walk(folder: Path) -> Iterator[Path]:
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one not in _LEFT_OUT)
        for name in sorted(names):
            if name.endswith(_SUFFIXES) or name == "Kustomization":
                yield Path(above, name)


def read_bytes(path: str) -> bytes:
    """The content of a file, at most ``MAX_BYTES``. A pipe is read where it is a descriptor of this process, as a
    shell's ``<(...)`` gives it. Raises Unreadable.
    """
    try:
        with open(path, "rb", opener=_at_once) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode) and not path.startswith("/dev/fd/"):
                raise Unreadable("cannot be read: it is a folder" if stat.S_ISDIR(mode) else "is no file")
            os.set_blocking(file.fileno(), True)
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise Unreadable(f"has more than the {MAX_BYTES >> 20} MiB that are read of one file")
    return data


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever may write to a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def changed(revision: str, folder: Path) -> list[Path]:
    """The YAML files that differ from a revision: committed, staged, unstaged and new ones. Raises PathError.

    Of a submodule that differs, and of a checkout inside this one, git tells no files here: all of it counts.
    """
    if revision.startswith("-"):
        raise PathError(f"{revision!r} is no revision")
    top = Path(_git(folder, "rev-parse", "--show-toplevel").strip())
    listed = _git(
        top, "diff", "--name-only", "-z", "--diff-filter=d", "--ignore-submodules=none", revision, "--"
    ).split("\0")
    listed += _git(top, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    here = Path.cwd()
    files = {top / name for name in listed if name.endswith(_SUFFIXES)}
    inner = [str(top / name) for name in listed if name and (top / name).is_dir()]
    return [_relative(file, here) for file in sorted({*files, *expand(inner)}) if file.is_file()]


def repository(folder: Path) -> Path | None:
    """The root of the git checkout that holds a folder; None where there is none."""
    for one in (folder, *folder.parents):
        if (one / ".git").exists():
            return one
    return None


def _relative(file: Path, here: Path) -> Path:
    return file.relative_to(here) if file.is_relative_to(here) else file


def _git(folder: Path, *arguments: str) -> str:
    import subprocess

    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=30, check=False
        )
    except FileNotFoundError:
        raise PathError("git is not installed, and --changed needs it") from None
    except subprocess.TimeoutExpired:
        raise PathError("git did not answer within 30 s") from None
    if done.returncode:
        raise PathError(f"git: {done.stderr.strip().splitlines()[0] if done.stderr.strip() else 'failed'}")
    return done.stdout
