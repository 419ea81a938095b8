"""What holds in the end: option before environment before profile before file before default."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.checks.thresholds import LIMITS, Override, Thresholds
from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.config.keys import EITHER, INSTEAD, KEYS
from homeperf_ray.config.layer import Loaded
from homeperf_ray.config.probes import Probes
from homeperf_ray.config.value import Value


class Settings(msgspec.Struct, frozen=True):
    """Every option and every limit, each with who said so.

    ``file`` is None where there is no configuration file, ``profile`` is empty where none is chosen. ``warnings``
    are sentences for stderr.
    """

    options: Mapping[str, Value[Any]]
    limits: Mapping[str, Value[float]]
    overrides: tuple[Value[Override], ...]
    suppressed: tuple[Value[Suppression], ...]
    file: Path | None
    profile: str
    warnings: tuple[str, ...]
    probes: Probes = Probes()

    def __getitem__(self, name: str) -> Any:
        """The value of an option by its long name: ``settings["max-age"]``."""
        return self.options[name].value

    @property
    def thresholds(self) -> Thresholds:
        """The limits with the overrides, as the checks take them."""
        limits = {name: limit.value for name, limit in self.limits.items()}
        return Thresholds(overrides=tuple(override.value for override in self.overrides), **limits)

    @property
    def suppressions(self) -> tuple[Suppression, ...]:
        return tuple(suppression.value for suppression in self.suppressed)


def settle(loaded: Loaded, environ: Mapping[str, str], given: Mapping[str, Any], today: date) -> Settings:
    """Let the nearest word hold. ``given`` are the options on the command line, by long name.

    A value and the flag that does without it (``namespace`` and ``all-namespaces``, ``max-age`` and ``fresh``)
    displace each other. A context of the file belongs to the kubeconfig there: it does not hold where a nearer place
    names another kubeconfig, and neither does an address. Raises ConfigurationError where a variable cannot be read,
    or where two that exclude each other were said in one place.
    """
    layers = (
        loaded.top.options,
        loaded.chosen.options,
        _variables(environ),
        {name: Value(value, f"option --{name}") for name, value in given.items()},
    )
    options: dict[str, Value[Any]] = {name: Value(key.initial) for name, key in KEYS.items()}
    for layer in layers:
        _lay(options, layer)
    suppressed = loaded.top.suppressions + loaded.chosen.suppressions
    return Settings(
        options=options,
        limits=_defaults() | dict(loaded.top.limits) | dict(loaded.chosen.limits),
        overrides=loaded.top.overrides + loaded.chosen.overrides,
        suppressed=suppressed,
        file=loaded.file,
        profile=loaded.profile,
        probes=loaded.chosen.probes.over(loaded.top.probes),
        warnings=tuple(_ended(each) for each in suppressed if each.value.until and each.value.until < today),
    )


def _lay(options: dict[str, Value[Any]], layer: Mapping[str, Value[Any]]) -> None:
    for value, flag in EITHER:
        if value in layer and flag in layer and layer[value].value and layer[flag].value:
            raise ConfigurationError(
                f"{layer[value].origin} and {layer[flag].origin} exclude each other", "Use one of them."
            )
    if "kubeconfig" in layer:
        for name in ("context", "all-contexts"):
            if not options[name].origin.startswith("environment"):
                options[name] = Value(KEYS[name].initial)
        if "address" not in layer:
            options["address"] = Value(KEYS["address"].initial)
    for value, flag in INSTEAD:
        if flag in layer and layer[flag].value:
            options[value] = Value(KEYS[value].initial)
        elif value in layer:
            options[flag] = Value(KEYS[flag].initial)
    options.update(layer)


def _variables(environ: Mapping[str, str]) -> dict[str, Value[Any]]:
    """What the environment says; an empty variable says nothing."""
    found: dict[str, Value[Any]] = {}
    for name, key in KEYS.items():
        text = environ.get(key.variable)
        if not text:
            continue
        try:
            found[name] = Value(key.kind.read(text), f"environment {key.variable}")
        except ValueError as error:
            raise ConfigurationError(f"{key.variable}: {error}", f"Correct or unset {key.variable}.") from None
    return found


def _defaults() -> dict[str, Value[float]]:
    standard = Thresholds()
    return {name: Value(getattr(standard, name)) for name in LIMITS}


def _ended(suppressed: Value[Suppression]) -> str:
    said = suppressed.value
    what = said.code or said.object or (f"namespace {said.namespace}" if said.namespace else said.path)
    return f"the suppression of {what} ended on {said.until}; findings show again ({suppressed.origin})"
