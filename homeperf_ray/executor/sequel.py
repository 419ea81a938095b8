"""Sequels: requests that can be made only when something else has been read. A node's kubelet follows from its Node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import pyarrow as pa

from homeperf_ray.checks.stuck_volumes import mounting
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.request import Kubelet, Request
from homeperf_ray.kube.resources import EVENTS, NODES, PODS, VOLUME_STATS, GroupResource, ServedResource

_SERVED = ServedResource(VOLUME_STATS, "v1", "VolumeStats", namespaced=False)
_EVENTS = ServedResource(EVENTS, "v1", "Event", namespaced=True)

NAMED = 5
"""Nodes that a note names."""

MOST_STUCK = 20
"""Pods whose events are asked for: where more are stuck, they are so for one reason."""

MOST_EVENTS = 100
"""Events of one pod that come at once."""


class Next(NamedTuple):
    """What is to be asked now, and notes on what is not."""

    requests: tuple[Request, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sequel:
    """``resource`` is read by the requests that ``make`` makes of the tables of another one."""

    resource: GroupResource
    of: GroupResource
    make: Callable[[CheckJob, Sequence[pa.Table]], Next]


def ask_kubelets(job: CheckJob, nodes: Sequence[pa.Table]) -> Next:
    """A request for each kubelet, but those of nodes of which the API server has not heard for a while.

    Nodes that are not ready for another reason are asked: their volumes are mounted all the same.
    """
    columns = ["name", "ready", "internal_address", "kubelet_port"]
    rows = [row for table in nodes for row in table.select(columns).to_pylist()]
    silent = sorted(row["name"] for row in rows if row["ready"] == "Unknown")
    asked = [
        Request(
            _SERVED,
            kubelet=Kubelet(
                row["name"],
                row["internal_address"] or "",
                row["kubelet_port"] or 10_250,
                job.kubelet_access,
                job.kubelet_insecure,
            ),
        )
        for row in rows
        if row["ready"] != "Unknown"
    ]
    more = f" and {len(silent) - NAMED} more" if len(silent) > NAMED else ""
    note = f"how full volumes are on nodes that do not answer is not known: {', '.join(silent[:NAMED])}{more}"
    return Next(tuple(asked), (note,) if silent else ())


def ask_events(job: CheckJob, pods: Sequence[pa.Table]) -> Next:
    """The warnings about each pod that may be stuck because of its claims; about no other.

    What keeps a pod from getting a node, the pod itself tells.
    """
    now = datetime.now(UTC)
    stuck = [row for table in pods for row in mounting(table, now, job.thresholds) if row["node"]]
    chosen = sorted(stuck, key=lambda row: (row["namespace"] or "", row["name"]))[:MOST_STUCK]
    asked = (
        Request(
            _EVENTS,
            namespace=row["namespace"],
            field_selector=f"involvedObject.kind=Pod,involvedObject.name={row['name']},type=Warning",
            page_size=MOST_EVENTS,
        )
        for row in chosen
    )
    note = f"{len(stuck)} pods with claims wait; the events of {MOST_STUCK} were read, why the others do is not known"
    return Next(tuple(asked), (note,) if len(stuck) > len(chosen) else ())


SEQUELS: dict[GroupResource, Sequel] = {
    sequel.resource: sequel for sequel in (Sequel(VOLUME_STATS, NODES, ask_kubelets), Sequel(EVENTS, PODS, ask_events))
}
"""By what they read."""
