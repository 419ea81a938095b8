"""One object as it is to be made, and the truth about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, NamedTuple

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)

OLD = dt.timedelta(days=20, hours=5)
HOURS = dt.timedelta(hours=5)
YOUNG = dt.timedelta(days=-1)
"""Dated a day ahead, so that it is as good as new however long the tests take."""


class Sick(NamedTuple):
    """One thing that must be found: the code about one object."""

    namespace: str
    object: str
    code: str


@dataclass(frozen=True)
class Made:
    """One object: where it is created, what it is, and what is done to it afterwards.

    ``status`` is set through the status subresource; ``change`` is merged into the spec after that, so that the
    generation in the status is an old one. The object is ``age`` old, and was deleted ``ending`` ago where that is
    set. ``codes`` are the findings it must get, no more and no less, or that ``about`` must get because of it;
    ``shown`` is what kubectl's STATUS must say.
    """

    path: str
    body: dict[str, Any]
    status: dict[str, Any] = field(default_factory=dict)
    change: dict[str, Any] = field(default_factory=dict)
    age: dt.timedelta = OLD
    ending: dt.timedelta | None = None
    codes: tuple[str, ...] = ()
    about: str = ""
    shown: str = ""

    @property
    def url(self) -> str:
        return f"{self.path}/{self.body['metadata']['name']}"

    @property
    def namespace(self) -> str:
        return self.body["metadata"].get("namespace", "")

    @property
    def name(self) -> str:
        return f"{self.body['kind']}/{self.body['metadata']['name']}"

    @property
    def sick(self) -> tuple[Sick, ...]:
        return tuple(Sick(self.namespace, self.about or self.name, code) for code in self.codes)


def make(
    api: str,
    plural: str,
    kind: str,
    name: str,
    namespace: str = "",
    *,
    labels: dict[str, str] | None = None,
    metadata: dict[str, Any] | None = None,
    body: dict[str, Any] | None = None,
    **made: Any,
) -> Made:
    """``body`` holds what is beside the metadata; the other keywords are those of Made."""
    meta = {"name": name, "labels": {"app.kubernetes.io/managed-by": "Helm", **(labels or {})}, **(metadata or {})}
    root = f"/apis/{api}" if "/" in api else f"/api/{api}"
    if namespace:
        meta["namespace"] = namespace
        root = f"{root}/namespaces/{namespace}"
    return Made(f"{root}/{plural}", {"apiVersion": api, "kind": kind, "metadata": meta, **(body or {})}, **made)


def ago(past: dt.timedelta | None = None, **parts: float) -> str:
    """A moment in the past, as the API writes it."""
    return f"{NOW - (past or dt.timedelta(**parts)):%FT%TZ}"


def condition(
    kind: str, status: str = "True", reason: str = "AsExpected", message: str = "", *, since: dt.timedelta = HOURS
) -> dict[str, Any]:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": ago(since),
    }
