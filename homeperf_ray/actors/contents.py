"""What the runtime's cache holds, and how it forgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homeperf_ray.actors.following import Following
from homeperf_ray.actors.keys import Key
from homeperf_ray.actors.protocol import CacheEntry
from homeperf_ray.cache.resource_cache import ResourceCache
from homeperf_ray.kube.request import Request

Names = Mapping[tuple[str, str], tuple[str, str]]
"""Server and identity, and what people call them: address and context."""

USER_DIGITS = 6


def held(cache: ResourceCache[Key, Any], following: Following, names: Names) -> Iterator[CacheEntry]:
    """Every LIST that is held, watched or not, by server, user and resource."""
    yield from sorted(
        [*_watched(following, names), *_cached(cache, names)],
        key=lambda one: (one.server, one.context, one.user, one.resource, one.namespace, one.state),
    )


def clear(cache: ResourceCache[Key, Any], following: Following, resources: tuple[str, ...]) -> int:
    """Forget what is held of these resources, of everything where none is named; how many entries that were."""
    keys = [one.key for one in following.statuses() if _concerned(one.key, resources)]
    return sum(map(following.drop, keys)) + cache.invalidate(lambda key: _concerned(key, resources))


def _concerned(key: Key, resources: tuple[str, ...]) -> bool:
    """Whether a key is about one of these resources, with or without its group."""
    request = key[2]
    if not resources:
        return True
    return isinstance(request, Request) and not {
        str(request.served.resource),
        request.served.resource.plural,
    }.isdisjoint(resources)


def _watched(following: Following, names: Names) -> Iterator[CacheEntry]:
    for one in following.statuses():
        yield CacheEntry(
            **_about(one.key, names),
            rows=one.rows,
            bytes=one.bytes,
            age=one.age,
            version=one.version,
            hits=one.hits,
            state=one.state,
            reason=one.reason,
            worker=one.worker,
        )


def _cached(cache: ResourceCache[Key, Any], names: Names) -> Iterator[CacheEntry]:
    for one in cache.held():
        if isinstance(one.key[2], Request):
            yield CacheEntry(
                **_about(one.key, names),
                rows=one.value.rows,
                bytes=one.size,
                age=one.age,
                version=one.value.version,
                hits=one.hits,
                state="cached",
            )


def _about(key: Key, names: Names) -> dict[str, str]:
    server, identity, request = key
    origin, context = names.get((server, identity), (server, ""))
    return {
        "server": origin,
        "context": context,
        "user": identity[:USER_DIGITS],
        "resource": f"{request.served.resource}{f' of {request.kubelet.node}' if request.kubelet else ''}",
        "namespace": request.namespace or "",
    }
