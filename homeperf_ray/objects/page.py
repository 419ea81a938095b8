"""Pages of objects in the form that was asked for: rows of a table, or the bytes that the server sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from homeperf_ray.kube.errors import BadAnswer
from homeperf_ray.kube.models.meta import ListMeta, Model
from homeperf_ray.objects.job import Form

_META = "as={};v=v1;g=meta.k8s.io"

ACCEPT: dict[Form, str] = {
    "table": f"application/json;{_META.format('Table')},application/json",
    "object": "application/json",
    "metadata": f"application/json;{_META.format('PartialObjectMetadataList')},application/json",
}
"""What a LIST is asked for with. Whoever does not know a form sends whole objects."""

ACCEPT_ONE = ACCEPT | {"metadata": f"application/json;{_META.format('PartialObjectMetadata')},application/json"}
"""The same for one object."""


class Column(Model):
    """A column of a table; one with a ``priority`` above 0 is shown only where there is room: ``-o wide``."""

    name: str = ""
    type: str = ""
    priority: int = 0


class Meta(Model):
    name: str | None = None
    namespace: str | None = None
    creation_timestamp: str | None = None


class Known(Model):
    """What an object is called."""

    metadata: Meta | None = None


class Row(Model):
    """``cells`` as the server formatted them, of the object that is called ``object``."""

    cells: tuple[Any, ...] = ()
    object: Known | None = None

    @property
    def meta(self) -> Meta:
        return (self.object and self.object.metadata) or Meta()


class Page(Model):
    """One page: ``rows`` objects, as ``cells`` under ``columns``, as ``items`` in JSON, or just as ``known`` names."""

    rows: int
    continue_token: str = ""
    columns: tuple[Column, ...] = ()
    cells: tuple[Row, ...] = ()
    items: tuple[msgspec.Raw, ...] = ()
    known: tuple[Meta, ...] = ()
    kind: str = ""
    api_version: str = ""


class _Answer(Model):
    kind: str = ""
    api_version: str = ""
    metadata: ListMeta | None = None
    column_definitions: tuple[Column, ...] | None = None
    rows: tuple[Row, ...] | None = None


class _Objects(Model):
    kind: str = ""
    api_version: str = ""
    metadata: ListMeta | None = None
    items: tuple[msgspec.Raw, ...] | None = None


class _Names(Model):
    metadata: ListMeta | None = None
    items: list[Known] | None = None


_table = msgspec.json.Decoder(_Answer).decode
_objects = msgspec.json.Decoder(_Objects).decode
_names = msgspec.json.Decoder(_Names).decode
_known = msgspec.json.Decoder(Known).decode


def read_page(form: Form, body: bytes, *, single: bool = False) -> Page:
    """A page of a LIST, or the answer to the GET of one object. Raises BadAnswer or MsgspecError."""
    if form == "object":
        return _whole(body, single=single)
    if form == "metadata":
        return _called(body, single=single)
    answer = _table(body)
    if answer.kind != "Table":
        return _made_table(body, single=single)
    rows = answer.rows or ()
    return Page(len(rows), _token(answer.metadata), columns=answer.column_definitions or (), cells=rows)


def _whole(body: bytes, *, single: bool) -> Page:
    answer = _objects(body)
    if single:
        return Page(1, items=(msgspec.Raw(body),), kind=answer.kind, api_version=answer.api_version)
    _listed(answer.kind)
    items = answer.items or ()
    kind = answer.kind.removesuffix("List")
    return Page(len(items), _token(answer.metadata), items=items, kind=kind, api_version=answer.api_version)


def _called(body: bytes, *, single: bool) -> Page:
    if single:
        return Page(1, known=(_known(body).metadata or Meta(),))
    answer = _names(body)
    known = tuple(one.metadata or Meta() for one in answer.items or ())
    return Page(len(known), _token(answer.metadata), known=known)


def _made_table(body: bytes, *, single: bool) -> Page:
    """The table of a server that makes none: what an object is called and how old it is."""
    columns = (Column("Name", "string"), Column("Age", "string"))
    now = datetime.now(UTC)
    if single:
        return Page(1, columns=columns, cells=(_made_row(_known(body), now),))
    _listed(_objects(body).kind)
    answer = _names(body)
    rows = tuple(_made_row(one, now) for one in answer.items or ())
    return Page(len(rows), _token(answer.metadata), columns=columns, cells=rows)


def _made_row(one: Known, now: datetime) -> Row:
    meta = one.metadata or Meta()
    return Row((meta.name or "", _age(meta, now)), one)


def _listed(kind: str) -> None:
    if not kind.endswith("List"):
        raise BadAnswer(f"a list was due, and {kind or 'something without a kind'} came")


def _token(metadata: ListMeta | None) -> str:
    return (metadata and metadata.continue_token) or ""


def _age(meta: Meta, now: datetime) -> str:
    try:
        made = datetime.fromisoformat(meta.creation_timestamp or "")
        seconds = int((now - made).total_seconds())
    except (ValueError, TypeError):
        return "<unknown>"
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"
