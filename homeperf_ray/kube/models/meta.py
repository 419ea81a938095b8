"""What every object has: metadata, owners, conditions, and the list around it."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import msgspec


class Model(msgspec.Struct, gc=False, rename="camel"):
    """The base of every model: camel case in JSON, unknown fields skipped, no garbage collection."""


class OwnerReference(Model):
    kind: str = ""
    name: str = ""
    controller: bool | None = None


class ObjectMeta(Model):
    name: str = ""
    namespace: str | None = None
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    generation: int | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    owner_references: list[OwnerReference] | None = None

    @property
    def controller(self) -> OwnerReference | None:
        """The owner that manages this object."""
        return next((owner for owner in self.owner_references or () if owner.controller), None)


class Condition(Model):
    type: str = ""
    status: str = ""
    reason: str | None = None
    message: str | None = None
    last_transition_time: datetime | None = None


def condition(conditions: list[Condition] | None, kind: str) -> Condition | None:
    """The condition of that type, None without one."""
    return next((found for found in conditions or () if found.type == kind), None)


class ListMeta(Model, rename={"continue_token": "continue", "resource_version": "resourceVersion"}):
    continue_token: str | None = None
    resource_version: str | None = None


T = TypeVar("T")


class ObjectList(msgspec.Struct, Generic[T]):
    """A LIST's answer. ``items`` is null in what some servers say of an empty list."""

    kind: str
    metadata: ListMeta
    items: list[T] | None
