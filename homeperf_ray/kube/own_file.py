"""Small files that only their owner may read, written whole or not at all; a disk that refuses is no failure."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path


def read_own(file: Path) -> bytes | None:
    """The content; None where there is none, or where the file is somebody else's."""
    try:
        with file.open("rb") as stream:
            if hasattr(os, "getuid") and os.fstat(stream.fileno()).st_uid != os.getuid():
                return None
            return stream.read()
    except OSError:
        return None


def write_own(file: Path, content: bytes) -> None:
    """Write a file with mode 0600, and its folder with 0700 where that is missing."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name.partition('-')[0]}-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def tidy(directory: Path, pattern: str, seconds: float) -> None:
    """Remove files that were not written for so long, half-written ones of the same name included."""
    old = time.time() - seconds
    with contextlib.suppress(OSError):
        for file in (*directory.glob(pattern), *directory.glob(f".{pattern}")):
            if file.stat().st_mtime < old:
                file.unlink(missing_ok=True)
