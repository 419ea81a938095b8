"""Settings as YAML that is a configuration again, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.checks.thresholds import Override
from homeperf_ray.config.duration import UNITS, written
from homeperf_ray.config.keys import KEYS
from homeperf_ray.config.limits import unit
from homeperf_ray.config.probes import written_option, written_target
from homeperf_ray.config.settings import Settings
from homeperf_ray.config.value import DEFAULT, Value
from homeperf_ray.render.escape import safe

_PLAIN = re.compile(r"[A-Za-z/][\w./-]*|([0-9]+(ms|[smhd]))+|[0-9.]+%|[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NOT_TEXT = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}

Tree = dict[str, Any]
"""Keys to Values, to Trees or to lists of Values, which hold what JSON knows."""


def tree(settings: Settings, *, every: bool) -> Tree:
    """What holds, written as in a file; ``every`` adds the thresholds that are at their defaults."""
    found: Tree = {
        name: Value(key.kind.written(settings[name]), settings.options[name].origin)
        for name, key in KEYS.items()
        if settings[name] != key.kind.empty or settings.options[name].origin != DEFAULT
    }
    limits = {
        name: Value(limit_written(name, limit.value), limit.origin)
        for name, limit in settings.limits.items()
        if every or limit.origin != DEFAULT
    }
    lists = {
        "overrides": [Value(_override(each.value), each.origin) for each in settings.overrides],
        "suppress": [Value(_suppression(each.value), each.origin) for each in settings.suppressed],
    }
    probes: Tree = {
        name: Value(written_option(name, each.value), each.origin) for name, each in settings.probes.options.items()
    }
    if targets := settings.probes.targets:
        probes["targets"] = Value([written_target(each.value) for each in targets], targets[0].origin)
    found |= {"thresholds": limits} if limits else {}
    found |= {name: items for name, items in lists.items() if items}
    return found | ({"probes": probes} if probes else {})


def as_json(settings: Settings, *, every: bool, origins: bool) -> str:
    """One object: ``file``, ``profile``, ``settings``; with origins each value is ``{"value": ..., "origin": ...}``."""

    def plain(node: Any) -> Any:
        if isinstance(node, Value):
            return {"value": node.value, "origin": node.origin} if origins else node.value
        if isinstance(node, dict):
            return {name: plain(below) for name, below in node.items()}
        return [plain(item) for item in node]

    shown = {
        "file": str(settings.file) if settings.file else None,
        "profile": settings.profile or None,
        "settings": plain(tree(settings, every=every)),
    }
    return json.dumps(shown, indent=2)


def as_yaml(settings: Settings, *, every: bool, origins: bool) -> Iterator[str]:
    """Lines of a configuration file; file, profile and origins are comments in it."""
    yield f"# file: {safe(str(settings.file)) if settings.file else 'none'}"
    if settings.profile:
        yield f"# profile: {safe(settings.profile)}"

    def line(text: str, origin: str) -> str:
        return f"{text}  # {safe(origin)}" if origins else text

    for name, node in tree(settings, every=every).items():
        if isinstance(node, Value):
            yield line(f"{name}: {_scalar(node.value)}", node.origin)
            continue
        yield f"{name}:"
        for each in node:
            if isinstance(node, dict):
                yield line(f"  {each}: {_scalar(node[each].value)}", node[each].origin)
                continue
            start = "  - "
            for key, value in each.value.items():
                text = f"{start}{key}: {_scalar(value)}"
                yield line(text, each.origin) if start == "  - " else text
                start = "    "


def limit_written(name: str, value: float) -> str | float:
    """A limit as a file would say it: ``5m``, ``30d``, ``85%``, or a plain number."""
    measure = unit(name)
    if measure in UNITS:
        return written(value * UNITS[measure])
    number = int(value) if value == int(value) else value
    return f"{number}%" if measure == "%" else number


def _override(override: Override) -> Tree:
    globs = {"namespace": override.namespace, "class": override.storage_class, "object": override.object}
    limits = {name: limit_written(name, value) for name, value in override.limits}
    return {**{name: glob for name, glob in globs.items() if glob}, "thresholds": limits}


def _suppression(suppression: Suppression) -> Tree:
    fields = {name: getattr(suppression, name) for name in Suppression.__struct_fields__}
    return {name: str(field) if isinstance(field, date) else field for name, field in fields.items() if field}


def _scalar(value: Any) -> str:
    """A value in one line of YAML, with nothing in it that a terminal would obey."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_scalar(below)}" for name, below in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_scalar(item) for item in value) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return safe(json.dumps(value, ensure_ascii=False))
