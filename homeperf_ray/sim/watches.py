"""WATCH: what is there when asked for, every change after that, bookmarks, and a clean end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import msgspec

from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.entries import Entry
from homeperf_ray.sim.lists import number, whole_version
from homeperf_ray.sim.routes import flag
from homeperf_ray.sim.statuses import ApiError, invalid_options
from homeperf_ray.sim.store import Change, Store, Subscription

BOOKMARK_SECONDS = 60.0


@dataclass(frozen=True)
class Asked:
    """What a watch was asked for. ``since`` is None for "begin with what is there"; ``seconds`` is how long it lasts.

    ``initial`` is a streaming list: what is there, then a bookmark that says so.
    """

    since: int | None
    seconds: float
    bookmarks: bool
    initial: bool

    @classmethod
    def read(cls, query: Mapping[str, str], *, minor: int) -> Self:
        """Read the query of a watch. Raises ApiError."""
        version = query.get("resourceVersion", "")
        initial = _initial(query, minor)
        since = whole_version(version) if version not in {"", "0"} else None
        # A watch without a timeout ends after a random one, which spreads reconnects.
        seconds = number(query, "timeoutSeconds") or random.uniform(1_800, 3_600)  # noqa: S311
        return cls(since, seconds, flag(query, "allowWatchBookmarks"), initial)


def _initial(query: Mapping[str, str], minor: int) -> bool:
    """Whether a streaming list is asked for. Raises ApiError 422 for what cannot be had, or not together."""
    match, asked = query.get("resourceVersionMatch", ""), minor >= 27 and "sendInitialEvents" in query
    faults: list[tuple[str, str, str]] = []
    if match and not asked:
        faults.append((_MATCH, "Forbidden", f"Forbidden: {_MATCH} is forbidden for watch" + _UNLESS * (minor >= 27)))
        if minor < 27 and not query.get("resourceVersion"):
            message = f"Forbidden: {_MATCH} is forbidden unless resourceVersion is provided"
            faults.append((_MATCH, "Forbidden", message))
    if asked and minor < 34:
        message = "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
        faults.append(("sendInitialEvents", "Forbidden", message))
    elif asked and match != "NotOlderThan":
        message = f"Forbidden: sendInitialEvents requires setting {_MATCH} to NotOlderThan"
        faults.append((_MATCH, "Forbidden", message))
    if faults:
        raise invalid_options("ListOptions", *faults)
    return asked and flag(query, "sendInitialEvents")


_MATCH = "resourceVersionMatch"
_UNLESS = " unless sendInitialEvents is provided"


@dataclass(frozen=True)
class Watched:
    """What a watch is about: the objects that are there, and whether one that comes or changes is among them."""

    asked: Asked
    resource: str
    entries: Sequence[Entry]
    matches: Callable[[Entry], bool]


async def stream(
    store: Store,
    served: Served,
    watched: Watched,
    show: Callable[[Entry], bytes],
    pause: Callable[[float, Subscription], Awaitable[bool]],
) -> AsyncGenerator[bytes]:
    """The lines of one watch.

    What is there comes as ADDED events where it was asked for; after that come the changes, and bookmarks while there
    are none, until the time is over or ``pause``, which also ends with a change, says that the client has gone. A
    client that is so slow that changes were lost for it is cut off.
    """
    asked = watched.asked
    if asked.since is not None and asked.since < store.oldest:
        error = ApiError(410, f"too old resource version: {asked.since} ({store.oldest})")
        yield msgspec.json.encode({"type": "ERROR", "object": error.status()}) + b"\n"
        return
    told = store.version if asked.since is None or asked.initial else asked.since
    subscription = store.subscribe(watched.resource, told)
    try:
        if asked.since is None or asked.initial:
            for entry in watched.entries:
                yield _line("ADDED", show(entry))
        if asked.initial and asked.bookmarks:
            yield _bookmark(served, told, {"k8s.io/initial-events-end": "true"})
        loop = asyncio.get_running_loop()
        end = loop.time() + asked.seconds
        while (left := end - loop.time()) > 0 and not subscription.overrun:
            changes = subscription.take()
            for line in filter(None, (_event(change, watched.matches, show) for change in changes)):
                yield line
            if changes:
                continue
            if not await pause(min(left, BOOKMARK_SECONDS), subscription):
                return
            if asked.bookmarks and not subscription.woken().done():
                yield _bookmark(served, store.version, {})
    finally:
        store.unsubscribe(watched.resource, subscription)


def _event(change: Change, matches: Callable[[Entry], bool], show: Callable[[Entry], bytes]) -> bytes:
    """A change as a watch tells it: what leaves the selection is DELETED, what enters it is ADDED."""
    was = change.before if change.before is not None and matches(change.before) else None
    now = change.after if change.after is not None and matches(change.after) else None
    if now is not None:
        return _line("ADDED" if was is None else "MODIFIED", show(now))
    return b"" if was is None else _line("DELETED", show(was.at(change.version)))


def _line(kind: str, shown: bytes) -> bytes:
    return b'{"type":"%s","object":%s}\n' % (kind.encode(), shown.strip())


def _bookmark(served: Served, version: int, annotations: dict[str, str]) -> bytes:
    metadata: dict[str, object] = {"resourceVersion": str(version), "creationTimestamp": None}
    if annotations:
        metadata["annotations"] = annotations
    item = {"kind": served.kind.kind, "apiVersion": served.api_version, "metadata": metadata}
    return msgspec.json.encode({"type": "BOOKMARK", "object": item}) + b"\n"
