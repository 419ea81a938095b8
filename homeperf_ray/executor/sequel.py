"""Sequels: requests that can be made only when something else has been read. A node's kubelet follows from its Node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.request import Kubelet, Request
from homeperf_ray.kube.resources import NODES, VOLUME_STATS, GroupResource, ServedResource

_SERVED = ServedResource(VOLUME_STATS, "v1", "VolumeStats", namespaced=False)

NAMED = 5
"""Nodes that a note names."""


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
        Request(_SERVED, kubelet=Kubelet(row["name"], row["internal_address"] or "", row["kubelet_port"] or 10_250))
        for row in rows
        if row["ready"] != "Unknown"
    ]
    more = f" and {len(silent) - NAMED} more" if len(silent) > NAMED else ""
    note = f"how full volumes are on nodes that do not answer is not known: {', '.join(silent[:NAMED])}{more}"
    return Next(tuple(asked), (note,) if silent else ())


SEQUELS: dict[GroupResource, Sequel] = {VOLUME_STATS: Sequel(VOLUME_STATS, NODES, ask_kubelets)}
"""By what they read."""
