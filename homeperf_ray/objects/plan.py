"""The plan: from words to parts, each of them sent once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence

import msgspec

from homeperf_ray.executor.outcome import Failure
from homeperf_ray.kube.catalog import Catalog
from homeperf_ray.kube.naming import ALWAYS, Named, in_category, meant
from homeperf_ray.kube.request import Request
from homeperf_ray.objects.job import GetJob, Part, Wanted


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """``parts`` in the order of the words, and within one in that of the namespaces; what cannot be asked for."""

    parts: tuple[Part, ...]
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()


def needs_catalog(job: GetJob) -> bool:
    """Whether a word is not one of those that every server knows."""
    return any(not meant(wanted.word, ALWAYS) for wanted in job.wanted)


def make_plan(job: GetJob, catalog: Catalog | None, home: str) -> Plan:
    """Turn the words of a job into parts. ``home`` is the namespace of the context."""
    parts: dict[Part, None] = {}
    failures: list[Failure] = []
    notes: list[str] = []
    for wanted in job.wanted:
        named = _chosen(wanted, catalog, notes.append)
        if not named:
            failures.append(_unknown(wanted.word, catalog))
        for one in named:
            parts.update(dict.fromkeys(_parts(one, wanted.names, job, home)))
    return Plan(parts=tuple(parts), failures=tuple(failures), notes=tuple(notes))


def _chosen(wanted: Wanted, catalog: Catalog | None, note: Callable[[str], None]) -> Sequence[Named]:
    if always := meant(wanted.word, ALWAYS):
        return always[:1]
    if catalog is None:
        return ()
    if found := meant(wanted.word, catalog.named):
        others = {one.served.resource for one in found} - {found[0].served.resource}
        if others:
            also = ", ".join(sorted(map(str, others)))
            note(f"{wanted.word} is taken for {found[0].served.resource}; there is also {also}")
        return found[:1]
    return list({one.served.resource: one for one in reversed(in_category(wanted.word, catalog.named))}.values())[::-1]


def _parts(named: Named, names: Sequence[str], job: GetJob, home: str) -> Iterable[Part]:
    served = named.served
    places: tuple[str | None, ...] = (None,)
    if served.namespaced and job.namespaces is not None:
        places = job.namespaces or (home,)
    for place in places:
        request = Request(served, place, label_selector=job.label_selector, field_selector=job.field_selector)
        if names:
            yield from (Part(request, name) for name in names)
        else:
            yield Part(request)


def _unknown(word: str, catalog: Catalog | None) -> Failure:
    every = catalog.named if catalog else ()
    known = {name for one in every for name in (one.served.resource.plural, one.singular, *one.short) if name}
    near = difflib.get_close_matches(word.lower(), known, n=1)
    faults = f" Not known: {'; '.join(catalog.faults)}" if catalog and catalog.faults else ""
    hint = f"Did you mean {near[0]}?" if near else "See what there is with: kubectl api-resources"
    return Failure("unknown", f"the server has no resource type {word!r}.{faults}".rstrip("."), hint)
