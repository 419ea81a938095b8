"""Permissions: what a check uses, what of it the user has, and what is lost without the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from homeperf_ray.checks.check import Check
from homeperf_ray.doctor.diagnosis import Diagnosis, Missing
from homeperf_ray.executor.plan import Plan, stands_for
from homeperf_ray.kube.resources import (
    CLUSTER_SCOPED,
    EVENTS,
    NAMESPACES,
    PODS,
    PREDECESSORS,
    SECRETS,
    VOLUME_STATS,
)
from homeperf_ray.kube.review import Permission, Reviewed


def planned(plan: Plan, namespaces: Sequence[str] | None, *, detailed: bool) -> tuple[Permission, ...]:
    """What the requests of a plan use, and with ``detailed`` the events and logs of sick objects."""
    listed = [Permission("list", request.served.resource, request.namespace) for request in plan.requests]
    return (*dict.fromkeys(listed), *(_details(namespaces) if detailed else ()))


def used(
    checks: Iterable[Check], namespaces: Sequence[str] | None, *, secrets: bool, detailed: bool
) -> tuple[Permission, ...]:
    """What these checks may use on any cluster, whatever it serves.

    With ``namespaces`` what belongs to a namespace is wanted in these only, and checks that judge the cluster as a
    whole are left out.
    """
    chosen = [check for check in checks if not (namespaces and check.whole_cluster)]
    named = {resource for check in chosen for resource in (*check.needs, *check.optional)}
    named |= {PREDECESSORS[resource] for resource in named if resource in PREDECESSORS}
    named |= {NAMESPACES} if namespaces else set()
    named -= {VOLUME_STATS} if secrets else {VOLUME_STATS, SECRETS}
    listed = [
        Permission("list", resource, place)
        for resource in sorted(named)
        for place in ((None,) if resource in CLUSTER_SCOPED else namespaces or (None,))
    ]
    return (*listed, *(_details(namespaces) if detailed else ()))


def _details(namespaces: Sequence[str] | None) -> Iterator[Permission]:
    for place in namespaces or (None,):
        yield Permission("list", EVENTS, place)
        yield Permission("get", PODS, place, "log")


def missing(reviewed: Iterable[Reviewed], checks: Sequence[Check]) -> tuple[Missing, ...]:
    """What was asked for and is not given, each with the checks that want it."""
    denied = [one.permission for one in reviewed if one.error is None and not one.allowed]
    return tuple(Missing(permission, *_wanting(permission, checks)) for permission in denied)


def _wanting(permission: Permission, checks: Sequence[Check]) -> tuple[tuple[str, ...], bool]:
    """The titles of the checks that use a permission, and whether one of them says so when it is not given."""
    resource = stands_for(permission.resource)
    listed = permission.verb == "list"
    users = [check for check in checks if listed and resource in (*check.needs, *check.optional)]
    if resource == EVENTS:
        users = []
    if permission.subresource == "exec":
        users = [check for check in checks if check.source == "exec"]
    return tuple(dict.fromkeys(check.title for check in users)), any(not check.quiet for check in users)


class Permissions(msgspec.Struct, frozen=True):
    """What a server said of a user: ``wide`` for the scope of the check, ``home`` for the context's own namespace
    where that was denied.
    """

    wide: tuple[Reviewed, ...]
    home: tuple[Reviewed, ...]
    missing: tuple[Missing, ...]

    def diagnoses(self) -> Iterator[Diagnosis]:
        """In sentences: what may be read, what may not, and what is lost by that."""
        unsaid = [one.error for one in self.wide if one.error is not None]
        if unsaid:
            message = f"{len(unsaid)} of {len(self.wide)} permissions could not be asked for: {unsaid[0].message}"
            yield Diagnosis("permissions", "warning", message, unsaid[0].hint)
        elif not self.missing:
            yield Diagnosis("permissions", "ok", f"all {len(self.wide)} that the checks use are given")
        loud = [one for one in self.missing if one.loud]
        if loud:
            message = f"{len(loud)} of {len(self.wide)} are missing: {_listed(loud)}; not judged, or not in full"
            yield Diagnosis("permissions", "warning", f"{message}: {_lost(loud)}", _APPLY)
        if quiet := [one for one in self.missing if one.wanted_by and not one.loud]:
            yield Diagnosis("permissions", "note", f"may not {_listed(quiet)}; passed over: {_lost(quiet)}", _APPLY)
        if details := [one for one in self.missing if not one.wanted_by]:
            message = f"may not {_listed(details)}: findings come without events or log lines"
            yield Diagnosis("permissions", "note", message, _APPLY)
        if given := [one.permission for one in self.home if one.allowed]:
            names = ", ".join(str(one.resource) for one in given)
            message = f"in namespace {given[0].namespace} these may be listed all the same: {names}"
            yield Diagnosis("permissions", "note", message, f"homeperf check -n {given[0].namespace}")


_APPLY = "Let an administrator apply the rules below."

_SHOWN = 8
"""Permissions and checks that a sentence names; the rules name all."""


def _listed(those: Sequence[Missing]) -> str:
    """``list nodes, pods, services; get pods/log``."""
    by_verb: dict[str, list[str]] = {}
    for one in those:
        verb, rest = str(one.permission).split(" ", 1)
        by_verb.setdefault(verb, []).append(rest)
    return "; ".join(f"{verb} {_some(rests)}" for verb, rests in by_verb.items())


def _lost(those: Sequence[Missing]) -> str:
    """The checks that want these permissions."""
    return _some(list(dict.fromkeys(title for one in those for title in one.wanted_by)))


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
