"""Where a runtime keeps its socket, its token and its state."""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from homeperf_ray.kube.errors import ConfigError

MAX_SOCKET_PATH = 107
"""Bytes that Linux allows in the path of a unix socket."""


@dataclass(frozen=True)
class RuntimeFolder:
    """One runtime's folder: mode 0700, its owner's alone."""

    path: Path

    @property
    def socket(self) -> Path:
        return self.path / "gateway.sock"

    @property
    def token(self) -> Path:
        return self.path / "ray.token"

    @property
    def state(self) -> Path:
        return self.path / "runtime.json"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def log(self) -> Path:
        return self.path / "runtime.log"

    def prepare(self) -> None:
        """Make the folder. Raises ConfigError where it cannot be made or is not its owner's alone."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the runtime's folder {self.path} cannot be made: {error.strerror}",
                "Name another with HOMEPERF_RUNTIME_DIR.",
            ) from error
        if problem := self.problem():
            raise ConfigError(problem, f"Remove {self.path}, or name another folder with HOMEPERF_RUNTIME_DIR.")

    def problem(self) -> str:
        """Why this folder must not be used; empty where it may be."""
        try:
            found = self.path.lstat()
        except FileNotFoundError:
            return ""
        if not stat.S_ISDIR(found.st_mode):
            return f"the runtime's folder {self.path} is not a folder"
        if found.st_uid != os.getuid():
            return f"the runtime's folder {self.path} belongs to another user"
        if stat.S_IMODE(found.st_mode) & 0o077:
            return f"others may look into the runtime's folder {self.path}"
        if len(os.fsencode(self.socket)) > MAX_SOCKET_PATH:
            return f"the path {self.socket} is too long for a socket"
        return ""


def runtime_folder() -> RuntimeFolder:
    """``HOMEPERF_RUNTIME_DIR``, else ``homeperf`` in ``XDG_RUNTIME_DIR``, else a folder of the user's in ``/tmp``."""
    if named := os.environ.get("HOMEPERF_RUNTIME_DIR"):
        return RuntimeFolder(Path(named).absolute())
    if root := os.environ.get("XDG_RUNTIME_DIR"):
        return RuntimeFolder(Path(root) / "homeperf")
    return RuntimeFolder(Path(tempfile.gettempdir()) / f"homeperf-{os.getuid()}")
