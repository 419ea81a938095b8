"""WATCH on a homelab in which nothing changes: what is there when asked for, bookmarks, and a clean end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import msgspec

from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.statuses import ApiError, bad_request
from homeperf_ray.sim.store import Entry, Store

BOOKMARK_SECONDS = 60.0


def too_old(version: str, oldest: int) -> bytes:
    """The ERROR event for a resourceVersion that is compacted away."""
    error = ApiError(410, f"too old resource version: {version} ({oldest})")
    return msgspec.json.encode({"type": "ERROR", "object": error.status()}) + b"\n"


async def stream(
    store: Store,
    served: Served,
    entries: Sequence[Entry],
    query: Mapping[str, str],
    show: Callable[[Entry], bytes],
    pause: Callable[[float], Awaitable[bool]],
) -> AsyncIterator[bytes]:
    """The lines of one watch.

    Without a resourceVersion, or with 0, the objects that exist come first as ADDED events; after that there is
    nothing to say but bookmarks, until ``timeoutSeconds`` have passed or ``pause`` says that the client has gone.
    """
    version, bookmarks = query.get("resourceVersion", ""), query.get("allowWatchBookmarks", "") in {"true", "1"}
    if version and not version.isdecimal():
        raise bad_request(f'Invalid value: "{version}": strconv.ParseUint: parsing "{version}": invalid syntax')
    initial = query.get("sendInitialEvents", "") in {"true", "1"}
    seconds = _seconds(query.get("timeoutSeconds", ""))
    if version not in {"", "0"} and int(version) < store.oldest:
        yield too_old(version, store.oldest)
        return
    if version in {"", "0"} or initial:
        for entry in entries:
            yield b'{"type":"ADDED","object":%s}\n' % show(entry).strip()
    if initial and bookmarks:
        yield _bookmark(served, store.version, {"k8s.io/initial-events-end": "true"})
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while (left := end - loop.time()) > 0:
        if not await pause(min(left, BOOKMARK_SECONDS)):
            return
        if bookmarks:
            yield _bookmark(served, store.version, {})


def _seconds(text: str) -> float:
    if not text:
        return random.uniform(1_800, 3_600)  # noqa: S311  spreads reconnects, as the API server does
    if not text.isdecimal():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return float(text)


def _bookmark(served: Served, version: int, annotations: dict[str, str]) -> bytes:
    metadata: dict[str, object] = {"resourceVersion": str(version), "creationTimestamp": None}
    if annotations:
        metadata["annotations"] = annotations
    item = {"kind": served.kind.kind, "apiVersion": served.api_version, "metadata": metadata}
    return msgspec.json.encode({"type": "BOOKMARK", "object": item}) + b"\n"
