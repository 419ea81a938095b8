"""What every object has: metadata, owners, conditions, and the list around it.

Everything but the metadata may be absent or null, as real objects have it. Times stay text here: Arrow parses a
column of them at once.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

Time = str | None
"""RFC 3339, with or without fractions of a second."""


class Model(msgspec.Struct, gc=False, rename="camel"):
    """The base of every model: camel case in JSON, unknown fields skipped, no garbage collection."""


class ObjectMeta(Model):
    name: str | None = None
    namespace: str | None = None
    creation_timestamp: Time = None
    deletion_timestamp: Time = None
    generation: int | None = None


class OwnerReference(Model):
    kind: str | None = None
    name: str | None = None
    controller: bool | None = None


class Condition(Model):
    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None
    last_transition_time: Time = None
    last_update_time: Time = None


def condition(conditions: list[Condition] | None, kind: str) -> Condition | None:
    """The condition of that type, None without one."""
    if conditions:
        for found in conditions:
            if found.type == kind:
                return found
    return None


class ListMeta(Model, rename={"continue_token": "continue", "resource_version": "resourceVersion"}):
    continue_token: str | None = None
    resource_version: str | None = None


T = TypeVar("T")


class ObjectList(msgspec.Struct, Generic[T], rename="camel"):
    """A LIST's answer. ``items`` is null in what some servers say of an empty list."""

    kind: str
    metadata: ListMeta | None
    items: list[T] | None
    api_version: str | None = None
