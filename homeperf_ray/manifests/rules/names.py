"""Names, labels and annotations.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and .../labels/
"""

from __future__ import annotations

import re
from typing import Any

from homeperf_ray.manifests.fault import Collector
from homeperf_ray.manifests.values import ROOT, Path, Unknown

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_LABEL_KINDS = {("", "Namespace"): 63, ("", "Service"): 63, ("batch", "CronJob"): 52}
_RBAC = "rbac.authorization.k8s.io"


def judge_meta(value: dict[str, Any], group: str, kind: str, found: Collector) -> None:
    """The metadata of an object."""
    meta = value.get("metadata")
    path = ROOT.at(value, "metadata")
    if not isinstance(meta, dict):
        found.add("HP911", path if "metadata" in value else ROOT, "the required field metadata is missing")
        return
    name = meta.get("name")
    if name is None and not meta.get("generateName"):
        found.add("HP911", path, "the required field name is missing")
    elif isinstance(name, str) and not isinstance(name, Unknown):
        _judge_name(name, group, kind, path.at(meta, "name"), found)
    space = meta.get("namespace")
    if isinstance(space, str) and space and not isinstance(space, Unknown) and not _fits(_LABEL, space, 63):
        _refuse("the name of a namespace", space, 63, path.at(meta, "namespace"), found)
    judge_labels(meta.get("labels"), path.at(meta, "labels"), found)
    annotations = meta.get("annotations")
    for key in annotations if isinstance(annotations, dict) else ():
        _judge_qualified(key, path.at(meta, "annotations").at(annotations, key), found)


def judge_labels(labels: Any, path: Path, found: Collector) -> None:
    """Keys and values of labels."""
    if not isinstance(labels, dict):
        return
    for key, value in labels.items():
        here = path.at(labels, key)
        _judge_qualified(key, here, found)
        text = isinstance(value, str) and not isinstance(value, Unknown)
        if text and value and (len(value) > 63 or not _QUALIFIED.fullmatch(value)):
            why = "is longer than 63 characters" if len(value) > 63 else "may hold letters, digits, - _ . and no spaces"
            found.add("HP921", here, f"the value {value[:80]!r} of a label {why}")


def judge_keys(data: Any, path: Path, found: Collector) -> None:
    """The keys of a ConfigMap or Secret."""
    for key in data if isinstance(data, dict) else ():
        if not _KEY.fullmatch(key) or len(key) > 253:
            found.add("HP920", path.at(data, key), f"the key {key!r} may hold letters, digits, - _ . only", key=True)


def _judge_name(name: str, group: str, kind: str, path: Path, found: Collector) -> None:
    if group == _RBAC:
        if name in (".", "..") or "/" in name or "%" in name:
            found.add("HP920", path, f"{name!r} must not hold / or %")
        return
    limit = _LABEL_KINDS.get((group, kind))
    if kind == "Service" and group == "":
        if not _fits(_LABEL_1035, name, 63):
            _refuse("the name of a Service", name, 63, path, found, begins="a letter")
    elif limit and kind == "Namespace":
        if not _fits(_LABEL, name, limit):
            _refuse("the name of a Namespace", name, limit, path, found)
    elif not _fits(_SUBDOMAIN, name, limit or 253):
        _refuse(f"the name of a {kind}", name, limit or 253, path, found, dots=True)


def _refuse(
    what: str, name: str, limit: int, path: Path, found: Collector, *, begins: str = "", dots: bool = False
) -> None:
    if len(name) > limit:
        found.add("HP920", path, f"{what} has at most {limit} characters, this one {len(name)}")
        return
    better = re.sub(r"-+", "-", re.sub(r"[^a-z0-9.-]" if dots else r"[^a-z0-9-]", "-", name.lower())).strip("-.")
    advice = f"; did you mean {better}?" if better and better != name and not begins else ""
    holds = f"lower case letters, digits, {'- and .' if dots else 'and -'}"
    start = f"begins with {begins} and " if begins else ""
    found.add("HP920", path, f"{name!r} cannot be {what}: it {start}holds {holds}{advice}")


def _judge_qualified(key: str, path: Path, found: Collector) -> None:
    if isinstance(key, Unknown) or "$" in key:
        return
    prefix, slash, name = key.rpartition("/")
    if (slash and not _fits(_SUBDOMAIN, prefix, 253)) or not _fits(_QUALIFIED, name, 63):
        found.add(
            "HP921", path, f"the key {key[:80]!r} is not [PREFIX/]NAME with up to 63 letters, digits, - _ .", key=True
        )


def _fits(pattern: re.Pattern[str], text: str, limit: int) -> bool:
    return len(text) <= limit and pattern.fullmatch(text) is not None
