"""Versions of kubelets beside that of the API server."""

from __future__ import annotations

import re
from collections import Counter

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, rows
from homeperf_ray.kube.resources import NODES

_VERSIONS = "kubectl get nodes; kubectl version"

TOO_OLD = Code("HP116", "a kubelet is too old for the API server", "warning", _VERSIONS)
TOO_NEW = Code("HP117", "a kubelet is newer than the API server", "warning", _VERSIONS)

_VERSION = re.compile(r"v?(\d{1,3})\.(\d{1,3})")

Version = tuple[int, int]


def judge_versions(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """No kubelet is newer than the API server, or older than the policy on version skew of Kubernetes allows.

    That is three minor versions since 1.28, two before. Different minor versions within that are a note.
    """
    table, server = snapshot[NODES], _parsed(snapshot.server_version)
    verdict = Verdict("versions", "nodes", table.num_rows)
    if server is None:
        return verdict.judgement()
    allowed = 3 if server >= (1, 28) else 2
    seen: Counter[Version] = Counter()
    for row in rows(table.select(["name", "kubelet"])):
        version = _parsed(row["kubelet"] or "")
        if version is None or version[0] != server[0]:
            continue
        seen[version] += 1
        told = f"its kubelet is {row['kubelet']}, the API server {snapshot.server_version}"
        if version > server:
            verdict.found(TOO_NEW, "Node", row, told)
        elif server[1] - version[1] > allowed:
            verdict.found(TOO_OLD, "Node", row, f"{told}: more than {allowed} minor versions apart")
    if len(seen) > 1:
        counted = ", ".join(
            f"{major}.{minor} ({count})" for (major, minor), count in sorted(seen.items(), reverse=True)
        )
        verdict.note(f"kubelets of several minor versions: {counted}")
    return verdict.judgement()


def _parsed(text: str) -> Version | None:
    found = _VERSION.match(text)
    return (int(found[1]), int(found[2])) if found else None


VERSION_CHECKS = (
    Check(
        name="versions",
        domain="nodes",
        title="versions of kubelets",
        needs=(NODES,),
        codes=(TOO_OLD, TOO_NEW),
        evaluate=judge_versions,
    ),
)
