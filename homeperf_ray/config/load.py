"""Load a configuration: find the file, read it, choose the profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.file import content, default_path
from homeperf_ray.config.keys import KEYS
from homeperf_ray.config.layer import LISTS, Layer, read_layer
from homeperf_ray.config.nearest import did_you_mean


@dataclass(frozen=True)
class Loaded:
    """What the file says: its top level and the chosen profile.

    ``file`` is None where there is none, ``profile`` is empty where none is chosen.
    """

    top: Layer = field(default_factory=Layer)
    chosen: Layer = field(default_factory=Layer)
    file: Path | None = None
    profile: str = ""


def load(named: str | None, profile: str | None, environ: Mapping[str, str]) -> Loaded:
    """Load the file that was named, else the one at the default place, if any; nothing is imported where there is none.

    Every profile is checked, whichever is chosen. Raises ConfigurationError.
    """
    path = Path(named) if named else default_path(environ)
    text = content(path, must=bool(named))
    if text is None:
        if profile:
            raise ConfigurationError(
                f"there is no profile {profile!r}, since there is no {path}", "Write the file first."
            )
        return Loaded()
    from homeperf_ray.config.document import read

    section = read(text, path)
    section.only(("profile", "profiles", *KEYS, *LISTS), "a key of the configuration")
    top = read_layer(section, path)
    profiles = section.fields["profiles"].section().fields if "profiles" in section.fields else {}
    layers: dict[str, Layer] = {}
    for name, written in profiles.items():
        below = written.section()
        below.only((*KEYS, *LISTS), "a key of a profile")
        layers[name] = read_layer(below, path, name)
    default = section.fields["profile"].text() if "profile" in section.fields else ""
    chosen = profile or default
    for name in (default, chosen):
        if name and name not in layers:
            where = section.fields["profile"].where if name == default else str(path)
            known = f"There are {', '.join(layers)}." if layers else "The file has no profiles."
            raise ConfigurationError(f"{where}: there is no profile {name!r}.{did_you_mean(name, layers)}", known)
    return Loaded(top, layers.get(chosen, Layer()), path, chosen)
