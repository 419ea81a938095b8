"""What each kubelet tells at ``/stats/summary``: the node, its pods, and how full each of their volumes is."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from homeperf_ray.sim.fill import Fill, fill
from homeperf_ray.sim.store import Store, Subscription

Object = dict[str, Any]

PERIOD = 60
"""Seconds between two measurements of a volume, as kubelets have it by default (``volumeStatsAggPeriod``)."""

_NODE_DISK = 457 * 2**30


class Summaries:
    """Makes the documents of one homelab. ``now`` gives aware times."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._pods: dict[str, dict[tuple[str, str], None]] | None = None
        self._places: dict[tuple[str, str], str] = {}
        self._changes: Subscription | None = None

    def of(self, node: str) -> bytes:
        """The Summary of a node that is there, as JSON."""
        now = self._now()
        found = self._store.collection("nodes").get("", node)
        started = found.document()["metadata"].get("creationTimestamp", "") if found else ""
        summary = {
            "node": {
                "nodeName": node,
                "systemContainers": [
                    {"name": name, "startTime": started, **_processor(node + name, now), **_memory(node + name, now)}
                    for name in ("kubelet", "runtime", "pods")
                ],
                "startTime": started,
                **_processor(node, now),
                **_memory(node, now),
                "network": _network(node, now),
                "fs": _told(_disk(node), now),
                "runtime": {"imageFs": _told(_disk(node), now), "containerFs": _told(_disk(node), now)},
                "rlimit": {"time": _stamp(now), "maxpid": 4_194_304, "curproc": 400 + _chance(node, 400)},
            },
            "pods": [self._pod(pod, node, now) for pod in self._running(node)],
        }
        return msgspec.json.encode(summary)

    def _running(self, node: str) -> Iterator[Object]:
        """The pods of a node that have containers; those that have ended are told no more."""
        pods = self._store.collection("pods")
        for namespace, name in sorted(self._by_node().get(node, ())):
            entry = pods.get(namespace, name)
            if entry is not None and entry.fields["status.phase"] in {"Running", "Unknown"}:
                yield entry.document()

    def _by_node(self) -> dict[str, dict[tuple[str, str], None]]:
        """Where pods are, kept up with what has changed since the last look."""
        if self._pods is None or self._changes is None or self._changes.overrun:
            self._changes = self._store.subscribe("pods", self._store.version)
            self._pods, self._places = defaultdict(dict), {}
            for entry in self._store.collection("pods").entries:
                self._place((entry.namespace, entry.name), entry.fields["spec.nodeName"])
        for change in self._changes.take():
            namespace, _, name = change.key.partition("/")
            self._place((namespace, name), change.after.fields["spec.nodeName"] if change.after else "")
        return self._pods

    def _place(self, pod: tuple[str, str], node: str) -> None:
        assert self._pods is not None
        if before := self._places.pop(pod, ""):
            self._pods[before].pop(pod, None)
        if node:
            self._places[pod] = node
            self._pods[node][pod] = None

    def _is_measured(self, claim: Object) -> bool:
        """Whether a kubelet measures it: it does not look into block devices, nor at directories of its own node."""
        volume = self._store.collection("persistentvolumes").get("", claim["spec"].get("volumeName", ""))
        directory = volume is not None and "hostPath" in volume.document()["spec"]
        return not directory and claim["spec"].get("volumeMode") != "Block"

    def _pod(self, pod: Object, node: str, now: datetime) -> Object:
        meta, uid = pod["metadata"], pod["metadata"]["uid"]
        started = pod["status"].get("startTime", meta["creationTimestamp"])
        return {
            "podRef": {"name": meta["name"], "namespace": meta["namespace"], "uid": uid},
            "startTime": started,
            "containers": [
                {
                    "name": one["name"],
                    "startTime": started,
                    **_processor(uid + one["name"], now),
                    **_memory(uid + one["name"], now),
                    "rootfs": _told(_disk(node), now) | {"usedBytes": 4096 * _chance(uid, 9_000), "inodesUsed": 20},
                    "logs": _told(_disk(node), now) | {"usedBytes": 4096 * _chance(uid + "logs", 600)},
                }
                for one in pod["spec"]["containers"]
            ],
            **_processor(uid, now),
            **_memory(uid, now),
            "network": _network(uid, now),
            "volume": list(self._volumes(pod, node, now)),
            "ephemeral-storage": _told(_disk(node), now) | {"usedBytes": 4096 * _chance(uid, 20_000)},
            "process_stats": {"process_count": 0},
        }

    def _volumes(self, pod: Object, node: str, now: datetime) -> Iterator[Object]:
        """One entry a volume. Those that are bound to a claim say so; of the others there is only a size."""
        namespace = pod["metadata"]["namespace"]
        for volume in pod["spec"].get("volumes", ()):
            name = volume["name"]
            reference = volume.get("persistentVolumeClaim")
            measured = _measured(pod["metadata"]["uid"] + name, now)
            if reference is None:
                yield {**_told(Fill(16 * 2**30, 12_288, 4_000_000, 9), measured), "name": name}
                continue
            entry = self._store.collection("persistentvolumeclaims").get(namespace, reference["claimName"])
            claim = entry.document() if entry else None
            if claim is None or claim["status"].get("phase") != "Bound" or not self._is_measured(claim):
                continue
            link = {"name": reference["claimName"], "namespace": namespace}
            yield {**_told(fill(claim), measured), "name": name, "pvcRef": link}


def _told(fs: Fill, now: datetime) -> Object:
    """An FsStats; a file system without inodes to count leaves them out."""
    inodes = {"inodesFree": fs.inodes_free, "inodes": fs.inodes, "inodesUsed": fs.inodes_used} if fs.inodes else {}
    sizes = {"availableBytes": fs.available, "capacityBytes": fs.capacity, "usedBytes": fs.used}
    return {"time": _stamp(now), **sizes, **inodes}


def _disk(node: str) -> Fill:
    used = _NODE_DISK * (25 + _chance(node, 40)) // 100
    return Fill(_NODE_DISK, used, _NODE_DISK // 16_384, used // 65_536)


def _processor(seed: str, now: datetime) -> Object:
    core = 1_000_000 * (1 + _chance(seed, 90))
    return {"cpu": {"time": _stamp(now), "usageNanoCores": core, "usageCoreNanoSeconds": core * 86_400}}


def _memory(seed: str, now: datetime) -> Object:
    used = 2**20 * (20 + _chance(seed + "memory", 900))
    return {
        "memory": {
            "time": _stamp(now),
            "usageBytes": used * 5 // 4,
            "workingSetBytes": used,
            "rssBytes": used * 4 // 5,
            "pageFaults": _chance(seed, 10**6),
            "majorPageFaults": 0,
        }
    }


def _network(seed: str, now: datetime) -> Object:
    counts = {"rxBytes": _chance(seed, 10**9), "rxErrors": 0, "txBytes": _chance(seed + "tx", 10**9), "txErrors": 0}
    return {"time": _stamp(now), "name": "eth0", **counts, "interfaces": [{"name": "eth0", **counts}]}


def _measured(seed: str, now: datetime) -> datetime:
    """When a volume was looked at last: each has its own second of the period."""
    return now - timedelta(seconds=(now.timestamp() - _chance(seed, PERIOD)) % PERIOD)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _chance(seed: str, most: int) -> int:
    return zlib.crc32(seed.encode()) % most
