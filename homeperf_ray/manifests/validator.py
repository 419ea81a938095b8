"""Values against schemas: one walk over the value, which looks at a schema only where there is a value for it.

The keywords are those of the structural schemas of CustomResourceDefinitions and of Kubernetes' own OpenAPI
(https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/). CEL rules
(``x-kubernetes-validations``) are not evaluated. Nothing is compiled beforehand: a homelab uses a few fields of many
large schemas once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from homeperf_ray.kube.quantity import quantity
from homeperf_ray.manifests.enumerations import ENUMERATIONS, PORTS
from homeperf_ray.manifests.fault import Collector
from homeperf_ray.manifests.formats import wrong_number, wrong_text
from homeperf_ray.manifests.nearness import meant
from homeperf_ray.manifests.values import Path, Unknown

Schema = Mapping[str, Any]
Resolve = Callable[[str], Schema]

_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_EMBEDDED = ("apiVersion", "kind", "metadata")
_LONGEST_PATTERNED = 10_000
_NAMES = {
    "string": "a string", "integer": "an integer", "number": "a number", "boolean": "true or false",
    "object": "a mapping", "array": "a list",
}  # fmt: skip


class Validator:
    """Judges values by schemas. ``resolve`` gives a definition by name; ``strict`` makes unknown fields critical."""

    def __init__(self, resolve: Resolve, *, strict: bool) -> None:
        self._resolve = resolve
        self._unknown = "critical" if strict else "warning"

    def judge(self, value: Any, schema: Schema, path: Path, found: Collector) -> None:
        """Add to ``found`` what is wrong with a value."""
        definition = ""
        while "$ref" in schema:
            definition = schema["$ref"].rpartition("/")[2]
            schema = self._resolve(definition)
        if isinstance(value, Unknown):
            return
        if definition == _QUANTITY:
            _judge_quantity(value, path, found)
            return
        if value is None:
            self._judge_null(schema, path, found)
            return
        kinds = _kinds(schema)
        if definition == _INT_OR_STRING or schema.get("x-kubernetes-int-or-string"):
            kinds = ("integer", "string")
        if kinds and not any(_is(value, kind) for kind in kinds):
            found.add("HP910", path, _mistyped(value, kinds))
            return
        if isinstance(value, dict):
            self._judge_mapping(value, schema, definition, path, found)
        elif isinstance(value, list):
            self._judge_list(value, schema, path, found)
        else:
            _judge_scalar(value, schema, path, found)
        self._judge_combined(value, schema, path, found)

    def fits(self, value: Any, schema: Schema, path: Path) -> bool:
        """Whether a value is well, unknown fields aside."""
        trial = Collector()
        self.judge(value, schema, path, trial)
        return all(fault.code == "HP912" for fault in trial.faults)

    def _judge_null(self, schema: Schema, path: Path, found: Collector) -> None:
        kinds = schema.get("type")
        if schema.get("nullable") or kinds == "null" or (isinstance(kinds, list) and "null" in kinds):
            return
        if kinds is None and not schema.get("x-kubernetes-int-or-string"):
            return
        if "default" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            names = " or ".join(_NAMES.get(kind, kind) for kind in _kinds(schema) or ("integer", "string"))
            found.add("HP910", path, f"is empty (null), must be {names}: give it a value, or remove the field")

    def _judge_mapping(
        self, value: dict[str, Any], schema: Schema, definition: str, path: Path, found: Collector
    ) -> None:
        properties: Mapping[str, Any] = schema.get("properties") or {}
        for name in schema.get("required") or ():
            if value.get(name) is None and (name not in value or definition):
                found.add("HP911", path, f"the required field {name} is missing")
        others = schema.get("additionalProperties")
        keeps = schema.get("x-kubernetes-preserve-unknown-fields") or not (properties or others is False)
        embedded = schema.get("x-kubernetes-embedded-resource")
        for name, one in value.items():
            here = path.at(value, name)
            known = properties.get(name)
            if known is not None:
                self.judge(one, known, here, found)
                if definition:
                    _judge_known(definition, name, one, here, found)
            elif embedded and name in _EMBEDDED:
                if name == "metadata":
                    self.judge(one, self._resolve(_META), here, found)
            elif isinstance(others, Mapping):
                self.judge(one, others, here, found)
            elif not keeps and others is not True:
                message = f"is not a known field here{meant(name, properties)}"
                found.add("HP912", here, message, key=True, severity=self._unknown)  # type: ignore[arg-type]
        _bounded(len(value), schema, "Properties", "fields", path, found)

    def _judge_list(self, value: list[Any], schema: Schema, path: Path, found: Collector) -> None:
        items = schema.get("items")
        if isinstance(items, Mapping):
            for index, one in enumerate(value):
                self.judge(one, items, path.at(value, index), found)
        _bounded(len(value), schema, "Items", "items", path, found)
        keys = schema.get("x-kubernetes-list-map-keys")
        if keys:
            _judge_items(value, lambda item: _identity(item, keys), path, found)
        elif schema.get("x-kubernetes-list-type") == "set" or schema.get("uniqueItems"):
            _judge_items(value, lambda item: str(item) if isinstance(item, (str, int, float)) else None, path, found)

    def _judge_combined(self, value: Any, schema: Schema, path: Path, found: Collector) -> None:
        for part in schema.get("allOf") or ():
            trial = Collector()
            self.judge(value, part, path, trial)
            for fault in trial.faults:
                if fault.code != "HP912":
                    found.add(fault.code, path, fault.message)
        if schema.get("x-kubernetes-int-or-string"):
            return
        if (choices := schema.get("anyOf")) and not any(self.fits(value, part, path) for part in choices):
            found.add("HP915", path, _alternatives(choices, "at least one"))
        if choices := schema.get("oneOf"):
            fitting = sum(self.fits(value, part, path) for part in choices)
            if fitting != 1:
                more = ", not several" if fitting else ""
                found.add("HP915", path, _alternatives(choices, "exactly one") + more)
        if (excluded := schema.get("not")) and self.fits(value, excluded, path):
            names = " and ".join(excluded.get("required") or ())
            found.add("HP915", path, f"must not have {names}" if names else "has a form that is excluded")


def _kinds(schema: Schema) -> tuple[str, ...]:
    kinds = schema.get("type")
    if kinds is None:
        return ()
    return (kinds,) if isinstance(kinds, str) else tuple(kind for kind in kinds if kind != "null")


def _is(value: Any, kind: str) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return not isinstance(value, bool) and (
            isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        )
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "object":
        return isinstance(value, dict)
    return kind != "array" or isinstance(value, list)


def _mistyped(value: Any, kinds: tuple[str, ...]) -> str:
    wanted = " or ".join(_NAMES.get(kind, kind) for kind in kinds)
    if isinstance(value, bool):
        is_ = f"is {str(value).lower()}"
    elif isinstance(value, (int, float)):
        is_ = f"is the number {value}"
    elif isinstance(value, str):
        is_ = "is a string"
    else:
        is_ = "is a mapping" if isinstance(value, dict) else "is a list"
    number = isinstance(value, str) and re.fullmatch(r"[-+]?\d+", value) is not None and "integer" in kinds
    truth = isinstance(value, str) and value in ("true", "false") and "boolean" in kinds
    advice = f": write {value} without quotes" if number or truth else ""
    if kinds == ("string",) and isinstance(value, (bool, int, float)):
        advice = ": put it in quotes"
    return f"{is_}, must be {wanted}{advice}"


def _judge_quantity(value: Any, path: Path, found: Collector) -> None:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return
    if not isinstance(value, str):
        found.add("HP910", path, _mistyped(value, ("string", "number")))
    elif quantity(value) is None:
        unit = re.fullmatch(r"([\d.]+)\s*([a-zA-Z]+)", value)
        units = {"gb": "G", "gib": "Gi", "mb": "M", "mib": "Mi", "kb": "k", "kib": "Ki", "tb": "T", "g": "G", "m": "M"}
        better = units.get(unit.group(2).lower()) if unit else None
        advice = f"; did you mean {unit.group(1)}{better}?" if unit and better else ""
        found.add("HP922", path, f"{value!r} is no quantity{advice}")


def _judge_scalar(value: Any, schema: Schema, path: Path, found: Collector) -> None:
    allowed = schema.get("enum")
    if allowed and value not in allowed:
        _not_allowed(value, allowed, path, found)
    form = schema.get("format")
    if isinstance(value, str):
        _bounded(len(value), schema, "Length", "characters", path, found)
        pattern = schema.get("pattern")
        if pattern and len(value) <= _LONGEST_PATTERNED and not _matches(pattern, value):
            found.add("HP914", path, f"{_cut(value)!r} does not match {pattern}")
        if form and (wanted := wrong_text(value, form)):
            found.add("HP914", path, f"is not {wanted}" if form == "byte" else f"{_cut(value)!r} is not {wanted}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if form and (wanted := wrong_number(value, form)):
            found.add("HP914", path, f"{value} is not {wanted}")
        _judge_number(value, schema, path, found)


def _judge_number(value: float, schema: Schema, path: Path, found: Collector) -> None:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and (value < low or (schema.get("exclusiveMinimum") is True and value == low)):
        found.add("HP914", path, f"{value} is too small: at least {low}")
    if high is not None and (value > high or (schema.get("exclusiveMaximum") is True and value == high)):
        found.add("HP914", path, f"{value} is too large: at most {high}")
    step = schema.get("multipleOf")
    if step and value % step:
        found.add("HP914", path, f"{value} is not a multiple of {step}")


def _judge_known(definition: str, name: str, value: Any, path: Path, found: Collector) -> None:
    """What Kubernetes' OpenAPI leaves out: enumerations and the range of ports."""
    short = f"{definition.rpartition('.')[2]}.{name}"
    allowed = ENUMERATIONS.get(short)
    if allowed:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str) and not isinstance(one, Unknown) and one not in allowed:
                _not_allowed(one, allowed, path, found)
    elif short in PORTS and isinstance(value, int) and not isinstance(value, bool) and not 0 <= value < 65_536:
        found.add("HP914", path, f"{value} is no port: 1 to 65535")


def _not_allowed(value: Any, allowed: Any, path: Path, found: Collector) -> None:
    names = [str(one) for one in allowed]
    listed = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    found.add("HP913", path, f"{_cut(str(value))!r} is not one of {listed}{meant(str(value), names)}")


def _bounded(count: int, schema: Schema, of: str, what: str, path: Path, found: Collector) -> None:
    low, high = schema.get(f"min{of}"), schema.get(f"max{of}")
    if low is not None and count < low:
        found.add("HP914", path, f"has {count} {what}, needs at least {low}")
    if high is not None and count > high:
        found.add("HP914", path, f"has {count} {what}, may have at most {high}")


def _identity(item: Any, keys: list[str]) -> str | None:
    if not isinstance(item, dict):
        return None
    defaults = {"protocol": "TCP"}
    parts = [item.get(key, defaults.get(key)) for key in keys]
    if any(isinstance(part, (Unknown, dict, list)) for part in parts) or all(part is None for part in parts):
        return None
    return ", ".join(f"{key} {part}" for key, part in zip(keys, parts, strict=True) if part is not None)


def _judge_items(value: list[Any], of: Callable[[Any], str | None], path: Path, found: Collector) -> None:
    seen: dict[str, int] = {}
    for index, item in enumerate(value):
        identity = of(item)
        if identity is None or isinstance(item, Unknown):
            continue
        if identity in seen:
            found.add("HP916", path.at(value, index), f"{_cut(identity)} is there twice: also item {seen[identity]}")
        seen.setdefault(identity, index)


def _alternatives(choices: Any, how_many: str) -> str:
    names = [" with ".join(one["required"]) for one in choices if isinstance(one, Mapping) and one.get("required")]
    if len(names) == len(choices) and names:
        return f"must have {how_many} of {', '.join(names)}"
    return f"must have {how_many} of {len(choices)} forms that its schema allows"


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _matches(pattern: str, value: str) -> bool:
    """Whether a value matches; true for a pattern that Python cannot read."""
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(value) is not None


@lru_cache(2048)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern.replace(r"\z", r"\Z"))
    except re.error:
        return None
