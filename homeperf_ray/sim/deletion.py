"""DELETE: of one object or of a selection, at once or once the finalizers are gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from homeperf_ray.sim import lists, statuses
from homeperf_ray.sim.answers import Answer
from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.bodies import DeleteOptions
from homeperf_ray.sim.entries import Entry, encode
from homeperf_ray.sim.store import Store, entry_of

_RETURNED = frozenset({"pods", "persistentvolumeclaims", "persistentvolumes", "serviceaccounts", "resourcequotas"})
"""Resources whose DELETE answers with the object instead of a Status."""


class Deletion:
    """Takes objects out of one store. ``now`` is the time they are stamped with; a ``dry`` run changes nothing."""

    def __init__(self, store: Store, now: Callable[[], str]) -> None:
        self._store = store
        self._now = now

    def one(self, served: Served, entry: Entry, options: DeleteOptions, *, dry: bool) -> Answer:
        """One object, if it is the one that is meant. Raises ApiError 409."""
        kind, uid = served.kind, entry.document()["metadata"].get("uid", "")
        _agree(kind.kind, entry.name, "UID", options.uid, uid, "deleted and then recreated")
        _agree(kind.kind, entry.name, "ResourceVersion", options.version, str(entry.version), "modified")
        shown, gone = self._removed(served, entry, dry=dry)
        if not gone or kind.resource in _RETURNED:
            return Answer(shown.typed(kind.kind, served.api_version) + b"\n")
        group = {"group": kind.group} if kind.group else {}
        details = {"name": entry.name, **group, "kind": kind.plural, "uid": uid}
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
        return Answer(msgspec.json.encode(status) + b"\n")

    def every(self, served: Served, namespace: str, query: Mapping[str, str], *, minor: int, dry: bool) -> Answer:
        """A selection. Raises ApiError."""
        page = lists.select(self._store, served.kind, namespace, query, minor=minor)
        for entry in page.entries:
            self._removed(served, entry, dry=dry)
        return Answer(lists.render(page, served))

    def _removed(self, served: Served, entry: Entry, *, dry: bool) -> tuple[Entry, bool]:
        """Take an object away, or mark one that has finalizers; how it is shown, and whether it is gone."""
        kind, item = served.kind, entry.document()
        lasting = item["metadata"].get("finalizers") or (kind.resource == "namespaces")
        if not lasting:
            if not dry:
                self._store.remove(kind.resource, entry.namespace, entry.name)
            return entry, True
        if item["metadata"].get("deletionTimestamp"):
            return entry, False
        marks: dict[str, Any] = {"deletionTimestamp": self._now()}
        if kind.resource == "namespaces":
            item["status"] = {**item.get("status", {}), "phase": "Terminating"}
        else:
            marks["deletionGracePeriodSeconds"] = 0
        item["metadata"] |= marks
        if dry:
            return encode(kind.resource, item), False
        return entry_of(self._store.put(kind.resource, item)), False


def _agree(kind: str, name: str, what: str, wanted: str | None, found: str, otherwise: str) -> None:
    """Raise ApiError 409 where a precondition does not hold."""
    if wanted is not None and wanted != found:
        raise statuses.conflict(
            "",
            kind,
            name,
            f"the {what} in the precondition ({wanted}) does not match the {what} in record ({found}). The object "
            f"might have been {otherwise}",
        )
