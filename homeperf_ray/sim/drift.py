"""What changes by itself beside pods: claims that fill up, Ceph's health, Flux's revisions, heartbeats, events."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import Any

from homeperf_ray.sim.fill import USED, percent
from homeperf_ray.sim.upkeep import Upkeep, new_uid

Object = dict[str, Any]

_EVENTS = 200
_SOURCES, _KUSTOMIZATIONS = "gitrepositories.source.toolkit.fluxcd.io", "kustomizations.kustomize.toolkit.fluxcd.io"


class Drift:
    """One such change at a time."""

    def __init__(self, upkeep: Upkeep, rng: Random) -> None:
        self._upkeep = upkeep
        self._rng = rng
        self._events: deque[tuple[str, str]] = deque()
        self._behind: deque[tuple[str, str]] = deque()
        self._revision = ""
        self._keys: dict[str, list[tuple[str, str]]] = {}

    def step(self, kind: str) -> None:
        """``claim``, ``ceph``, ``flux`` or ``heartbeat``; nothing where the homelab has no such thing."""
        {"claim": self._claim, "ceph": self._ceph, "flux": self._flux, "heartbeat": self._heartbeat}[kind]()

    def _choose(self, resource: str) -> Object | None:
        keys = self._keys.get(resource)
        if keys is None:
            entries = self._upkeep.store.collection(resource).entries
            keys = self._keys[resource] = [(entry.namespace, entry.name) for entry in entries]
        return self._upkeep.get(resource, *self._rng.choice(keys)) if keys else None

    def _claim(self) -> None:
        claim = self._choose("persistentvolumeclaims")
        if claim is None or claim["status"]["phase"] != "Bound":
            return
        annotations = claim["metadata"].setdefault("annotations", {})
        used = percent(claim) + self._rng.randint(1, 6)
        if used >= 97:
            used = self._enlarge(claim, used)
        annotations[USED] = str(used)
        self._upkeep.put("persistentvolumeclaims", claim)
        if used >= 90:
            message = f"The volume of claim {claim['metadata']['name']} is {used}% full"
            self.warn(claim, "PersistentVolumeClaim", "VolumeFillingUp", message)

    def _enlarge(self, claim: Object, used: int) -> int:
        """Twice the size, for the volume too; what is large already is cleared out instead."""
        size = claim["status"]["capacity"]["storage"]
        if not size.endswith("Gi") or int(size[:-2]) >= 800:
            return 40
        doubled = f"{int(size[:-2]) * 2}Gi"
        claim["spec"]["resources"]["requests"]["storage"] = doubled
        claim["status"]["capacity"]["storage"] = doubled
        volume = self._upkeep.get("persistentvolumes", "", claim["spec"].get("volumeName", ""))
        if volume is not None:
            volume["spec"]["capacity"]["storage"] = doubled
            self._upkeep.put("persistentvolumes", volume)
        return used // 2

    def _ceph(self) -> None:
        cluster = self._choose("cephclusters.ceph.rook.io")
        if cluster is None:
            return
        ceph, now = cluster["status"]["ceph"], self._upkeep.now()
        if self._rng.random() < 0.3:
            well = ceph["health"] == "HEALTH_OK"
            ceph |= {
                "previousHealth": ceph["health"],
                "health": "HEALTH_WARN" if well else "HEALTH_OK",
                "lastChanged": now,
            }
            if well:
                message = f"Degraded data redundancy: {self._rng.randint(20, 900)}/91332 objects degraded"
                ceph["details"] = {"PG_DEGRADED": {"message": message, "severity": "HEALTH_WARN"}}
            else:
                ceph.pop("details", None)
        capacity = ceph["capacity"]
        moved = int(capacity["bytesTotal"] * self._rng.uniform(-0.004, 0.005))
        capacity["bytesUsed"] = min(int(capacity["bytesTotal"] * 0.95), max(0, capacity["bytesUsed"] + moved))
        capacity |= {"bytesAvailable": capacity["bytesTotal"] - capacity["bytesUsed"], "lastUpdated": now}
        ceph["lastChecked"] = now
        self._upkeep.put("cephclusters.ceph.rook.io", cluster)

    def _flux(self) -> None:
        """A new commit; after it the Kustomizations, one at a time, that apply it."""
        if self._behind:
            self._apply(*self._behind.popleft())
            return
        source = self._upkeep.get(_SOURCES, "flux-system", "flux-system")
        if source is None or "artifact" not in source["status"]:
            return
        self._revision = f"main@sha1:{self._rng.getrandbits(160):040x}"
        artifact = source["status"]["artifact"]
        digest = f"sha256:{self._rng.getrandbits(256):064x}"
        artifact |= {"revision": self._revision, "digest": digest, "lastUpdateTime": self._upkeep.now()}
        self._say(source, f"stored artifact for revision '{self._revision}'")
        self._upkeep.put(_SOURCES, source)
        entries = self._upkeep.store.collection(_KUSTOMIZATIONS).entries
        self._behind.extend((entry.namespace, entry.name) for entry in entries[:50])

    def _apply(self, namespace: str, name: str) -> None:
        found = self._upkeep.get(_KUSTOMIZATIONS, namespace, name)
        if found is None or found["spec"].get("suspend") or "lastAppliedRevision" not in found["status"]:
            return
        found["status"] |= {"lastAttemptedRevision": self._revision, "lastAppliedRevision": self._revision}
        self._say(found, f"Applied revision: {self._revision}")
        self._upkeep.put(_KUSTOMIZATIONS, found)

    def _say(self, item: Object, message: str) -> None:
        for condition in item["status"].get("conditions", ()):
            if condition["type"] == "Ready" and condition["status"] == "True":
                condition |= {"message": message, "lastTransitionTime": self._upkeep.now()}

    def _heartbeat(self) -> None:
        node = self._choose("nodes")
        if node is None or node["metadata"]["name"] in self._upkeep.silent:
            return
        if any(one["status"] == "Unknown" for one in node["status"]["conditions"]):
            return
        for condition in node["status"]["conditions"]:
            condition["lastHeartbeatTime"] = self._upkeep.now()
        self._upkeep.put("nodes", node)

    def warn(self, item: Object, kind: str, reason: str, message: str) -> None:
        """A Warning event about an object: a new one, or one more of the same. The oldest of many are forgotten."""
        meta, now = item["metadata"], self._upkeep.now()
        name = f"{meta['name']}.{reason.lower()}"
        event = self._upkeep.get("events", meta["namespace"], name)
        if event is None:
            event = {
                "metadata": {"name": name, "namespace": meta["namespace"], "uid": new_uid(self._rng)},
                "involvedObject": {
                    "kind": kind,
                    "namespace": meta["namespace"],
                    "name": meta["name"],
                    "uid": meta["uid"],
                    "apiVersion": "v1",
                },
                "reason": reason,
                "source": {"component": "kubelet"},
                "firstTimestamp": now,
                "count": 0,
                "type": "Warning",
                "eventTime": None,
                "reportingComponent": "kubelet",
                "reportingInstance": "",
            }
            event["metadata"]["creationTimestamp"] = now
            self._events.append((meta["namespace"], name))
        event |= {"message": message, "lastTimestamp": now, "count": event["count"] + 1}
        self._upkeep.put("events", event)
        if len(self._events) > _EVENTS:
            self._upkeep.remove("events", *self._events.popleft())

    def measure(self, pod: Object) -> None:
        """What the metrics server says of a pod that it has not seen before."""
        meta, now = pod["metadata"], self._upkeep.now()
        measured = self._upkeep.store.collection("pods.metrics.k8s.io")
        if not len(measured) or measured.get(meta["namespace"], meta["name"]) is not None:
            return
        usage = [
            {
                "name": one["name"],
                "usage": {"cpu": f"{self._rng.randint(1, 90)}m", "memory": f"{self._rng.randint(20, 900)}Mi"},
            }
            for one in pod["spec"]["containers"]
        ]
        metadata = {"name": meta["name"], "namespace": meta["namespace"], "creationTimestamp": now}
        item = {"metadata": metadata, "timestamp": now, "window": "15s", "containers": usage}
        self._upkeep.put("pods.metrics.k8s.io", item)
