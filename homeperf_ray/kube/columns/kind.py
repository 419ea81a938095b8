"""A kind of table: the model that is decoded, the columns that are made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import pyarrow as pa

from homeperf_ray.kube.models.meta import ObjectList

TEXT = pa.string()
WORD = pa.dictionary(pa.int32(), pa.string())
"""A string of which there are few: namespaces, phases, reasons."""
NUMBER = pa.int64()
FLAG = pa.bool_()
TIME = pa.timestamp("us", tz="UTC")

MESSAGE_CHARACTERS = 400
"""How much of a message is kept."""


@dataclass(frozen=True)
class TableKind:
    """``row`` gives one item's values in the order of ``fields``."""

    model: type[Any]
    fields: tuple[tuple[str, pa.DataType], ...]
    row: Callable[[Any], tuple[Any, ...]]

    @cached_property
    def schema(self) -> pa.Schema:
        return pa.schema(list(self.fields))

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[ObjectList[Any]]:
        return msgspec.json.Decoder(ObjectList[self.model])  # type: ignore[name-defined]

    def batch(self, items: Iterable[Any]) -> pa.RecordBatch:
        """One record batch of decoded items."""
        rows = [self.row(item) for item in items]
        columns = zip(*rows, strict=True) if rows else ((),) * len(self.fields)
        arrays = [
            pa.array(values, kind.value_type).dictionary_encode()
            if pa.types.is_dictionary(kind)
            else pa.array(values, kind)
            for (_, kind), values in zip(self.fields, columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def brief(message: str | None) -> str | None:
    """As much of a message as is kept."""
    return message[:MESSAGE_CHARACTERS] if message else message
