"""A code with everything that is known of it, and with the limits that hold."""

from __future__ import annotations

import msgspec

from homeperf_ray.checks.catalogue import catalogue, checks_of
from homeperf_ray.checks.explanation import explanations
from homeperf_ray.checks.finding import Code
from homeperf_ray.checks.thresholds import Limits, Override, described
from homeperf_ray.cli.config_view import limit_written
from homeperf_ray.config.settings import Settings
from homeperf_ray.config.value import Value


class Elsewhere(msgspec.Struct, frozen=True):
    """Another limit for some objects. ``of`` are the globs that an override names, ``value`` as a file would say it."""

    value: str
    of: dict[str, str]
    origin: str


class Held(msgspec.Struct, frozen=True):
    """One limit that decides. ``value`` and ``default`` are written as in a configuration file."""

    name: str
    value: str
    default: str
    origin: str
    description: str
    overrides: tuple[Elsewhere, ...]


class Explained(msgspec.Struct, frozen=True):
    """One code. ``text`` is Markdown and empty, like ``popeye``, for a code that nobody has explained yet."""

    code: str
    title: str
    severity: str
    domain: str
    checks: tuple[str, ...]
    hint: str
    thresholds: tuple[Held, ...]
    text: str
    popeye: str


def explained(code: Code, held: Settings) -> Explained:
    """A code, under these settings."""
    told = explanations().get(code.id)
    return Explained(
        code=code.id,
        title=code.title,
        severity=code.severity,
        domain=next(domain for domain, codes in catalogue().items() if code in codes),
        checks=checks_of(code.id),
        hint=_hint(code.hint),
        thresholds=tuple(_held(name, held) for name in code.thresholds),
        text=told.text if told else "",
        popeye=told.popeye if told else "",
    )


def _hint(hint: str) -> str:
    for placeholder in ("namespace", "name", "kind"):
        hint = hint.replace(f"{{{placeholder}}}", placeholder.upper())
    return hint


def _held(name: str, held: Settings) -> Held:
    limit = held.limits[name]
    return Held(
        name=name,
        value=str(limit_written(name, limit.value)),
        default=str(limit_written(name, getattr(Limits(), name))),
        origin=limit.origin,
        description=str(described()[name]["description"]),
        overrides=tuple(
            _elsewhere(name, override) for override in held.overrides if name in dict(override.value.limits)
        ),
    )


def _elsewhere(name: str, override: Value[Override]) -> Elsewhere:
    said = override.value
    globs = {"namespace": said.namespace, "class": said.storage_class, "object": said.object}
    return Elsewhere(
        value=str(limit_written(name, dict(said.limits)[name])),
        of={word: glob for word, glob in globs.items() if glob},
        origin=override.origin,
    )
