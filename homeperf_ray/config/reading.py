"""Read what a configuration file says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from homeperf_ray.config.document import read
from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.keys import EITHER, KEYS
from homeperf_ray.config.kinds import Place, Places
from homeperf_ray.config.layer import Layer, Loaded
from homeperf_ray.config.limits import limits, overrides
from homeperf_ray.config.nearest import did_you_mean
from homeperf_ray.config.node import Field, Section
from homeperf_ray.config.probes import Probes, probes
from homeperf_ray.config.suppressions import suppressions
from homeperf_ray.config.value import Value

LISTS = ("thresholds", "overrides", "suppress", "probes")
"""The keys of a layer that are no options."""


def read_configuration(text: str, path: Path, profile: str | None) -> Loaded:
    """What a file says. Every profile is checked, whichever is chosen. Raises ConfigurationError."""
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


def read_layer(section: Section, path: Path, profile: str = "") -> Layer:
    """A layer; ``section`` holds no other keys than a layer's.

    Raises ConfigurationError for a value that its key cannot hold.
    """

    def origin(where: str) -> str:
        return f"profile {profile} ({where})" if profile else f"file {where}"

    fields = section.fields
    options = {name: Value(_option(fields[name], path), origin(fields[name].where)) for name in KEYS if name in fields}
    for value, flag in EITHER:
        if value in options and flag in options and options[flag].value:
            raise fields[flag].wrong(f"{value} and {flag} exclude each other")
    return Layer(
        options,
        _listed(fields, "thresholds", limits, {}, origin),
        _listed(fields, "overrides", overrides, (), origin),
        _listed(fields, "suppress", suppressions, (), origin),
        probes(fields["probes"], origin, path.parent) if "probes" in fields else Probes(),
    )


def _listed(
    fields: Mapping[str, Field],
    name: str,
    read: Callable[[Field, Callable[[str], str]], Any],
    none: Any,
    origin: Callable[[str], str],
) -> Any:
    return read(fields[name], origin) if name in fields else none


def _option(found: Field, path: Path) -> Any:
    key = KEYS[found.name]
    try:
        listed = found.texts() if key.kind.many else None
        if listed is not None:
            value: Any = tuple(name for text in listed for name in key.kind.read(text))
        else:
            value = key.kind.read(found.text())
        if isinstance(key.kind, Places):
            return tuple(_beside(path, one) for one in value)
        if isinstance(key.kind, Place):
            return _beside(path, value)
    except (ValueError, RuntimeError) as error:
        raise found.wrong(str(error)) from None
    return value


def _beside(file: Path, text: str) -> str:
    """A path that is relative to the file in which it stands."""
    return str(file.parent / Path(text).expanduser())
