"""What the judgement of a whole tree must know of each object: small, and kept in the cache of results."""

from __future__ import annotations

from typing import Any

import msgspec


class Reference(msgspec.Struct, frozen=True, array_like=True):
    """That an object names another. ``kind`` is that of what is named; ``namespace`` is empty for the object's own."""

    kind: str
    name: str
    namespace: str
    line: int
    column: int
    field: str
    port: str = ""


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """One object: who it is, whom it names, what it gives.

    ``labels`` are those of its pods, ``selector`` that of a Service. ``data`` holds the keys and values of a ConfigMap
    or Secret, None for a value that nobody here knows; ``makes`` what a controller makes of it.
    ``flux`` is the spec of a Flux Kustomization, ``kustomize`` a kustomization, as far as they matter.
    """

    group: str
    kind: str
    namespace: str
    name: str
    line: int
    column: int
    references: tuple[Reference, ...] = ()
    labels: dict[str, str] | None = None
    selector: dict[str, str] | None = None
    ports: tuple[str, ...] = ()
    data: dict[str, str | None] | None = None
    makes: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    flux: dict[str, Any] | None = None
    kustomize: dict[str, Any] | None = None
