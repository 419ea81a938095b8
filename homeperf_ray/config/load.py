"""Load a configuration: find the file and read it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.file import content, default_path
from homeperf_ray.config.layer import Loaded


def load(named: str | None, profile: str | None, environ: Mapping[str, str]) -> Loaded:
    """Load the file that was named, else the one at the default place, if any, and choose the profile.

    Where there is no file, nothing is imported. Raises ConfigurationError.
    """
    path = Path(named) if named else default_path(environ)
    text = content(path, must=bool(named))
    if text is None:
        if profile:
            raise ConfigurationError(
                f"there is no profile {profile!r}, since there is no {path}", "Write the file first."
            )
        return Loaded()
    from homeperf_ray.config.reading import read_configuration

    return read_configuration(text, path, profile)


def profiles(named: str | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the profiles in the file that ``load`` would read, whatever else is wrong in it.

    Raises ConfigurationError for a file that cannot be read, or is not YAML.
    """
    path = Path(named) if named else default_path(environ)
    text = content(path, must=bool(named))
    if text is None:
        return ()
    from homeperf_ray.config.document import read

    fields = read(text, path).fields
    return tuple(fields["profiles"].section().fields) if "profiles" in fields else ()
