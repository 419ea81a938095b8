"""Discovery on disk: a small file a server and identity, believed for ten minutes."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from homeperf_ray.kube.own_file import read_own, tidy, write_own
from homeperf_ray.kube.resources import ServedResource
from homeperf_ray.kube.target import Target

FRESH_SECONDS = 600.0
"""How long discovery is believed: the time after which kubectl asks again, too."""

FORGOTTEN_SECONDS = 86400.0
"""Files of servers and identities that were not asked for this long are removed."""

_FORMAT = 1


class CachedGroup(msgspec.Struct, frozen=True):
    """One group's listable resources as of ``at`` (Unix time); none where the server did not have the group."""

    at: float
    resources: tuple[ServedResource, ...]


class CachedDiscovery(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a file."""

    format: int
    server: str
    identity: str
    version: str
    groups: dict[str, CachedGroup]


def read_cache(directory: Path, target: Target, now: float) -> CachedDiscovery | None:
    """What is still fresh; None where there is nothing. A file that is damaged or not the caller's own is ignored."""
    try:
        cached = msgspec.json.decode(read_own(_file(directory, target)) or b"", type=CachedDiscovery)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if (cached.format, cached.server, cached.identity) != (_FORMAT, target.server_id, target.identity):
        return None
    fresh = {name: group for name, group in cached.groups.items() if 0 <= now - group.at < FRESH_SECONDS}
    return msgspec.structs.replace(cached, groups=fresh) if fresh else None


def write_cache(directory: Path, target: Target, version: str, groups: dict[str, CachedGroup]) -> None:
    """Write the file whole or not at all, readable by its owner only. A disk that refuses is no failure."""
    content = CachedDiscovery(
        format=_FORMAT, server=target.server_id, identity=target.identity, version=version, groups=groups
    )
    write_own(_file(directory, target), msgspec.json.encode(content))
    tidy(directory, "discovery-*", FORGOTTEN_SECONDS)


def forget(directory: Path, target: Target) -> None:
    """Remove what is cached of a server and identity, as when a resource that it promised is not there."""
    with contextlib.suppress(OSError):
        _file(directory, target).unlink(missing_ok=True)


def _file(directory: Path, target: Target) -> Path:
    return directory / f"discovery-{target.server_id}-{target.identity}.json"
