"""A kind of table: the model that is decoded, the columns that are made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.kube.models.meta import ObjectList

TEXT = pa.string()
WORD = pa.dictionary(pa.int32(), pa.string())
"""A string of which there are few: namespaces, phases, reasons."""
NUMBER = pa.int64()
REAL = pa.float64()
COUNT = pa.int32()
FLAG = pa.bool_()
TIME = pa.timestamp("us", tz="UTC")
"""Made of RFC 3339 text; what is no time becomes null, and so does Go's zero time, which means that there is none."""

_LARGEST = {COUNT: 2**31 - 1, NUMBER: 2**63 - 1}
"""What stands for a number that has no room: one odd object must not hide all others."""

_EARLIEST = pa.scalar(datetime(1, 1, 2, tzinfo=UTC), TIME)
_LATEST = pa.scalar(datetime(9999, 12, 30, tzinfo=UTC), TIME)

MESSAGE_CHARACTERS = 300
"""How much of a message is kept."""

Field = tuple[str, pa.DataType]


@dataclass(frozen=True)
class TableKind:
    """``row`` gives one item's values in the order of ``fields``. ``kind`` is what an object of it calls itself.

    ``versioned`` adds a column ``api_version``, for what older versions of an API do not tell.
    """

    kind: str
    model: type[Any]
    fields: tuple[Field, ...]
    row: Callable[[Any], tuple[Any, ...]]
    versioned: bool = False

    @cached_property
    def schema(self) -> pa.Schema:
        return pa.schema([*self.fields, ("api_version", WORD)] if self.versioned else list(self.fields))

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[ObjectList[Any]]:
        return msgspec.json.Decoder(ObjectList[self.model])  # type: ignore[name-defined]

    @cached_property
    def item_decoder(self) -> msgspec.json.Decoder[Any]:
        return msgspec.json.Decoder(self.model)

    def batch(self, items: Sequence[Any], api_version: str | None) -> pa.RecordBatch:
        """One record batch of decoded items. Raises ValueError or OverflowError for a value that has no room."""
        columns = zip(*map(self.row, items), strict=True) if items else ((),) * len(self.fields)
        arrays = [_array(values, kind) for (_, kind), values in zip(self.fields, columns, strict=True)]
        if self.versioned:
            arrays.append(_array([api_version] * len(items), WORD))
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def brief(message: str | None) -> str | None:
    """As much of a message as is kept; None for an empty one."""
    return message[:MESSAGE_CHARACTERS] if message else None


def pairs(labels: Mapping[str, str | None] | None) -> list[str]:
    """Labels, or a selector of them, as ``key=value`` in order."""
    return [f"{key}={value or ''}" for key, value in sorted(labels.items())] if labels else []


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind is WORD:
        return pa.array(values, pa.string()).dictionary_encode()
    if kind is TIME:
        return _times(values)
    try:
        return pa.array(values, kind)
    except (pa.ArrowInvalid, OverflowError):
        if kind not in _LARGEST:
            raise
        most = _LARGEST[kind]
        return pa.array([value if value is None else max(min(value, most), -most) for value in values], kind)


def _times(values: Sequence[str | None]) -> pa.Array:
    text = pa.array(values, pa.string())
    try:
        found = text.cast(TIME)
    except pa.ArrowInvalid:
        found = pa.array([_time(value) for value in values], TIME)
    within = pc.and_(pc.greater(found, _EARLIEST), pc.less(found, _LATEST))
    return pc.if_else(within, found, pa.scalar(None, TIME))


def _time(value: str | None) -> datetime | None:
    """One time among those that Arrow could not read: nanoseconds are cut off, anything else is no time."""
    try:
        found = datetime.fromisoformat(value) if value else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
