"""What a check says: findings with a stable code, notes, and the judgement that holds both."""

from __future__ import annotations

from typing import Literal

import msgspec

from homeperf_ray.probes.probe import Target
from homeperf_ray.timings.volume_use import VolumeUse

Severity = Literal["critical", "error", "warning"]
"""``error`` means that something could not be judged. Listed worst first."""

Domain = Literal["nodes", "workloads", "storage", "network", "flux"]
DOMAINS: tuple[Domain, ...] = ("nodes", "workloads", "storage", "network", "flux")

Scope = Domain | Literal["cluster", "manifests"]
"""Where a finding belongs: a domain, the cluster as a whole where nothing could be judged, or files not applied yet."""

_RANK: dict[str, int] = {"critical": 0, "error": 1, "warning": 2}


Aid = Literal["events", "logs"]
"""What helps with a sick object: its warning events, the last lines that its container logged."""


Key = tuple[str, str, str, str]
"""Code, namespace, object and part."""


class Code(msgspec.Struct, frozen=True):
    """A stable finding code: ``HP101``, what it means in one line, and the hint that names the next command.

    ``hint`` may use the placeholders ``{namespace}``, ``{name}``, ``{part}`` and ``{kind}``; ``-n {namespace}``
    and ``-c {part}`` are left out where there is none. ``thresholds`` names the fields of
    Limits that decide, ``aid`` what is worth fetching for an object that has this.
    """

    id: str
    title: str
    severity: Severity
    hint: str
    thresholds: tuple[str, ...] = ()
    aid: tuple[Aid, ...] = ()


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong with one object.

    ``object`` is ``Kind/name``; ``part`` is what of it the finding is about where there are several: a container, a
    listener, a detail of Ceph's health. ``detail`` holds lines that were fetched because of the finding: events, log
    lines. Texts may hold what the cluster said, unescaped; whoever shows them escapes them.
    """

    code: str
    severity: Severity
    domain: Scope
    namespace: str
    object: str
    message: str
    hint: str
    part: str = ""
    detail: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What makes two findings of two runs the same one; the message may change from run to run."""
        return (self.code, self.namespace, self.object, self.part)

    @property
    def order(self) -> tuple[int, int, str, str, str, str]:
        """Worst first, then by domain, namespace, object and code: the same in every run."""
        place = DOMAINS.index(self.domain) if self.domain in DOMAINS else -1
        return (_RANK[self.severity], place, self.namespace, self.object, self.code, self.message)


class Judgement(msgspec.Struct, frozen=True):
    """What one check found in one batch: how many objects it examined, the findings, and notes for the reader.

    ``volumes`` are the measurements that it judged, for those who keep and show them.
    """

    check: str
    examined: int
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    volumes: tuple[VolumeUse, ...] = ()
    targets: tuple[Target, ...] = ()
    """What is to be probed, of the check that looks for that."""
