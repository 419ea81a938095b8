"""The numbers that the checks compare with, for every object or for some."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Any

import msgspec

Limit = Annotated[float, msgspec.Meta(ge=0.0)]

AT_LEAST = "at_least"
"""Marks a limit that is broken by less, not by more: days that a certificate has left."""


def _says(text: str, unit: str, *, at_least: bool = False) -> msgspec.Meta:
    return msgspec.Meta(description=text, extra={"unit": unit, AT_LEAST: at_least})


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Every limit, with the documented default. Times are seconds, shares percent, unless the unit says otherwise."""

    restarts_first_day: Annotated[Limit, _says("restarts in all that a pod younger than a day may have", "")] = 3.0
    restarts_per_day: Annotated[Limit, _says("restarts a day that a pod of a day to a week may have", "")] = 5.0
    restarts_per_day_old: Annotated[Limit, _says("restarts a day that a pod older than a week may have", "")] = 1.0
    pod_grace: Annotated[
        Limit,
        _says("how long a pod may take to be scheduled, to start, to become ready again, or to end when deleted", "s"),
    ] = 300.0
    out_of_memory_window: Annotated[Limit, _says("how long an out-of-memory kill stays news", "s")] = 86_400.0
    rollout_grace: Annotated[
        Limit, _says("how long a workload may be behind while it is new or being changed", "s")
    ] = 600.0
    node_cpu: Annotated[Limit, _says("use of a node's CPU, by what pods may have of it", "%")] = 90.0
    node_memory: Annotated[Limit, _says("use of a node's memory that is a warning", "%")] = 85.0
    node_memory_critical: Annotated[Limit, _says("use of a node's memory that is critical", "%")] = 95.0
    metrics_age: Annotated[Limit, _says("how old the last measurement of a node may be", "s")] = 300.0
    node_pods: Annotated[Limit, _says("how many of the pods that a node may run it runs", "%")] = 90.0
    density_factor: Annotated[
        Limit, _says("how many times its share of the pods a node may run, and the other way round", "")
    ] = 2.5
    density_grace: Annotated[Limit, _says("how long a node may take to get its share of pods", "s")] = 3_600.0
    job_duration: Annotated[Limit, _says("how long a Job may run", "s")] = 86_400.0
    namespace_grace: Annotated[Limit, _says("how long a namespace may take to end when deleted", "s")] = 600.0
    claim_grace: Annotated[Limit, _says("how long a claim may be pending", "s")] = 300.0
    address_grace: Annotated[Limit, _says("how long a Service or an Ingress may be without an address", "s")] = 300.0
    certificate_warning: Annotated[
        Limit, _says("how long a certificate should be valid at least; a third of its life at most", "d", at_least=True)
    ] = 30.0
    certificate_critical: Annotated[
        Limit,
        _says("how long a certificate must be valid at least; a twelfth of its life at most", "d", at_least=True),
    ] = 7.0
    dns_latency: Annotated[Limit, _says("how long a DNS server may take for a name, by the median", "s")] = 0.5
    probe_latency: Annotated[
        Limit, _says("how long a site may take from looking up its name to the first byte of its answer", "s")
    ] = 2.0
    certificate_grace: Annotated[
        Limit, _says("how long cert-manager may take to issue a certificate, or to renew one that is due", "s")
    ] = 900.0
    cron_grace: Annotated[
        Limit, _says("how long after its start a CronJob's run may be over and not yet counted", "s")
    ] = 300.0
    volume_grace: Annotated[Limit, _says("how long a claim or a volume may take to go when deleted", "s")] = 600.0
    released_grace: Annotated[Limit, _says("how long a volume may stay that nobody claims any more", "s")] = 604_800.0
    volume_used: Annotated[Limit, _says("use of a mounted volume that is a warning", "%")] = 80.0
    volume_used_critical: Annotated[Limit, _says("use of a mounted volume that is critical", "%")] = 90.0
    volume_inodes: Annotated[Limit, _says("use of a mounted volume's inodes that is a warning", "%")] = 80.0
    volume_inodes_critical: Annotated[Limit, _says("use of a mounted volume's inodes that is critical", "%")] = 90.0
    growth_warning: Annotated[
        Limit, _says("how long it should take at least until a volume that grows is full", "d", at_least=True)
    ] = 30.0
    growth_critical: Annotated[
        Limit, _says("how long it must take at least until a volume that grows is full", "d", at_least=True)
    ] = 7.0
    ceph_nearfull: Annotated[Limit, _says("use of Ceph that is a warning", "%")] = 85.0
    ceph_full: Annotated[Limit, _says("use of Ceph that is critical", "%")] = 95.0
    ceph_osd_spread: Annotated[
        Limit, _says("how much fuller than the mean the fullest OSD may be, in percentage points", "%")
    ] = 15.0
    ceph_report_age: Annotated[Limit, _says("how old Rook's last look at Ceph may be; it looks every minute", "s")] = (
        300.0
    )
    ceph_grace: Annotated[Limit, _says("how long Rook may take to make a cluster ready", "s")] = 900.0
    flux_grace: Annotated[Limit, _says("how long Flux may take to look at a new or changed object", "s")] = 300.0
    flux_stale: Annotated[
        Limit, _says("how long a Kustomization may be behind its source, beside its own interval", "s")
    ] = 900.0
    flux_progress: Annotated[Limit, _says("how long Flux may be at work on one object", "s")] = 900.0


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Other limits for some objects: those whose namespace, storage class and ``Kind/name`` match the globs.

    An empty glob matches everything; a storage class matches only objects that have one.
    """

    namespace: str = ""
    storage_class: str = ""
    object: str = ""
    limits: tuple[tuple[str, float], ...] = ()

    def matches(self, namespace: str, storage_class: str, name: str) -> bool:
        """Whether this override is about that object; matching is exact about case."""
        asked = ((self.namespace, namespace), (self.storage_class, storage_class), (self.object, name))
        return all(not glob or fnmatchcase(value, glob) for glob, value in asked)


class Thresholds(Limits, frozen=True, kw_only=True):
    """The limits of a run: those for everything, and the overrides, of which later ones win over earlier ones."""

    overrides: tuple[Override, ...] = ()

    def at(self, kind: str, row: Mapping[str, Any]) -> Limits:
        """The limits for one object; ``row`` has its ``name``, and ``namespace`` and ``storage_class`` if any."""
        if not self.overrides:
            return self
        return _merged(self, row.get("namespace") or "", row.get("storage_class") or "", f"{kind}/{row['name']}")

    @property
    def widest(self) -> Limits:
        """For each limit the value that suspects most: what a mask over many rows must use before ``at`` decides."""
        return _widest(self) if self.overrides else self


LIMITS: tuple[str, ...] = Limits.__struct_fields__
"""The names of all limits."""


def described() -> dict[str, dict[str, Any]]:
    """Each limit's ``description``, ``unit`` and ``at_least``, by name."""
    found: dict[str, dict[str, Any]] = {}
    about = msgspec.inspect.type_info(Limits)
    assert isinstance(about, msgspec.inspect.StructType)
    for field in about.fields:
        schema: dict[str, Any] = {}
        kind = field.type
        while isinstance(kind, msgspec.inspect.Metadata):
            schema = {**(kind.extra or {}), **(kind.extra_json_schema or {}), **schema}
            kind = kind.type
        found[field.name] = schema
    return found


@lru_cache(maxsize=4096)
def _merged(thresholds: Thresholds, namespace: str, storage_class: str, name: str) -> Limits:
    changes: dict[str, float] = {}
    for override in thresholds.overrides:
        if override.matches(namespace, storage_class, name):
            changes.update(override.limits)
    return msgspec.structs.replace(thresholds, **changes) if changes else thresholds


@lru_cache(maxsize=16)
def _widest(thresholds: Thresholds) -> Limits:
    about = described()
    changes: dict[str, float] = {}
    for override in thresholds.overrides:
        for name, value in override.limits:
            suspects_most = max if about[name][AT_LEAST] else min
            changes[name] = suspects_most(value, changes.get(name, getattr(thresholds, name)))
    return msgspec.structs.replace(thresholds, **changes)
