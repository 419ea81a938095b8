"""Which configuration file, and what stands in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from homeperf_ray.config.error import ConfigurationError

BYTES = 256 * 1024
"""More than that is not a configuration."""


def default_path(environ: Mapping[str, str]) -> Path:
    """``homeperf/config.yaml`` in the XDG configuration folder; relative folders do not count, as XDG has it."""
    named = environ.get("XDG_CONFIG_HOME", "")
    root = Path(named) if Path(named).is_absolute() else Path(environ.get("HOME") or Path.home()) / ".config"
    return root / "homeperf" / "config.yaml"


def unconfigured(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a homeperf that is about another cluster than the file at the default place, which it ignores.

    A file that the environment names is meant, and stays.
    """
    if environ.get("HOMEPERF_CONFIG"):
        return dict(environ)
    return {name: value for name, value in environ.items() if name != "HOMEPERF_PROFILE"} | {
        "HOMEPERF_CONFIG": os.devnull
    }


def content(path: Path, *, must: bool) -> str | None:
    """The text of a configuration file; None where it is absent and need not be there.

    Raises ConfigurationError for a file that is absent, cannot be read, may be written by anybody, or is no text.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISREG(mode) and mode & stat.S_IWOTH:
                raise ConfigurationError(
                    f"{path}: anybody may write to this file, and so decide what homeperf hides and runs",
                    f"chmod o-w {path}",
                )
            data = file.read(BYTES + 1)
    except FileNotFoundError:
        if not must:
            return None
        raise ConfigurationError(
            f"there is no configuration file {path}", "Correct --config or HOMEPERF_CONFIG."
        ) from None
    except NotADirectoryError:
        if not must:
            return None
        raise ConfigurationError(
            f"{path}: a part of this path is not a folder", "Correct --config or HOMEPERF_CONFIG."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(
            f"{path} cannot be read: {reason}", "Correct the file, or name another with --config."
        ) from None
    if len(data) > BYTES:
        raise ConfigurationError(
            f"{path} is larger than {BYTES // 1024} KiB", "This is not a configuration file of homeperf."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}:{line}: this is not UTF-8 text", "Save the file as UTF-8.") from None
