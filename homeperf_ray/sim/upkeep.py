"""What controllers do when a pod changes: statuses that count the pods there are, endpoints that follow them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from homeperf_ray.sim.store import Store

Object = dict[str, Any]


def new_uid(rng: Random) -> str:
    """The uid of an object that comes while the homelab runs."""
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


_SLICES = "endpointslices.discovery.k8s.io"
_OWNERS = {
    "ReplicaSet": "replicasets.apps",
    "Deployment": "deployments.apps",
    "StatefulSet": "statefulsets.apps",
    "DaemonSet": "daemonsets.apps",
}


class Upkeep:
    """Keeps what belongs to a pod in step with it. ``clock`` tells the time; ``writes`` counts them by resource.

    ``silent`` are the nodes whose kubelets say nothing.
    """

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.writes: Counter[str] = Counter()
        self.silent: set[str] = set()
        self._clock = clock
        self._slices: dict[tuple[str, str], str] | None = None

    def now(self) -> str:
        """The time as objects tell it (RFC 3339)."""
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        entry = self.store.collection(resource).get(namespace, name)
        return None if entry is None else entry.document()

    def put(self, resource: str, item: Object) -> None:
        self.store.put(resource, item)
        self.writes[resource] += 1

    def remove(self, resource: str, namespace: str, name: str) -> None:
        if self.store.remove(resource, namespace, name) is not None:
            self.writes[resource] += 1

    def owner(self, item: Object) -> tuple[str, str]:
        """Resource and name of the controller of an object, empty where it has none that is known here."""
        for reference in item["metadata"].get("ownerReferences", ()):
            if reference.get("controller") and reference["kind"] in _OWNERS:
                return _OWNERS[reference["kind"]], reference["name"]
        return "", ""

    def turned(self, pod: Object, *, ready: bool) -> None:
        """A pod that counts became ready, or ceased to be: tell its controllers and its endpoints."""
        self._count(pod, 1 if ready else -1)
        self.endpoint(pod, pod, ready=ready)

    def _count(self, item: Object, change: int) -> None:
        resource, name = self.owner(item)
        found = self.get(resource, item["metadata"]["namespace"], name) if resource else None
        if found is None:
            return
        status = found["status"]
        if resource == "daemonsets.apps":
            _add(status, change, "numberReady", kept=True)
            _add(status, change, "numberAvailable")
            _add(status, -change, "numberUnavailable")
        else:
            _add(status, change, "readyReplicas")
            _add(status, change, "availableReplicas", kept=resource == "statefulsets.apps")
        if resource == "deployments.apps":
            _add(status, -change, "unavailableReplicas")
            self._available(found)
        self.put(resource, found)
        if resource == "replicasets.apps":
            self._count(found, change)

    def _available(self, deployment: Object) -> None:
        wanted = deployment["spec"].get("replicas", 1)
        enough = deployment["status"].get("availableReplicas", 0) >= wanted - wanted // 4
        for condition in deployment["status"].get("conditions", ()):
            if condition["type"] == "Available" and condition["status"] != ("True" if enough else "False"):
                said = "has minimum" if enough else "does not have minimum"
                condition |= {
                    "status": "True" if enough else "False",
                    "reason": "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
                    "message": f"Deployment {said} availability.",
                    "lastTransitionTime": self.now(),
                    "lastUpdateTime": self.now(),
                }

    def endpoint(self, before: Object, pod: Object, *, ready: bool) -> None:
        """Put a pod, in the place of the one that it replaces, into the EndpointSlice and the Endpoints it is in."""
        namespace, old, name = before["metadata"]["namespace"], before["metadata"]["name"], pod["metadata"]["name"]
        slices = self._known()
        found = self.get(_SLICES, namespace, slices.get((namespace, old), ""))
        if found is None:
            return
        slices[namespace, name] = slices.pop((namespace, old))
        address, target = pod["status"].get("podIP", ""), {"name": name, "uid": pod["metadata"]["uid"]}
        for one in found["endpoints"]:
            if one.get("targetRef", {}).get("name") == old:
                one["targetRef"] |= target
                one["addresses"] = [address]
                one["conditions"]["ready"] = ready
                if "serving" in one["conditions"]:
                    one["conditions"]["serving"] = ready
                if "nodeName" in one:
                    one["nodeName"] = pod["spec"].get("nodeName", "")
        self.put(_SLICES, found)
        service = found["metadata"]["labels"]["kubernetes.io/service-name"]
        endpoints = self.get("endpoints", namespace, service)
        if endpoints is not None and endpoints.get("subsets"):
            _move(
                endpoints["subsets"][0],
                old,
                {"ip": address, "nodeName": pod["spec"].get("nodeName", "")},
                target,
                ready,
            )
            self.put("endpoints", endpoints)

    def _known(self) -> dict[tuple[str, str], str]:
        """Which EndpointSlice each pod is in."""
        if self._slices is None:
            self._slices = {}
            for entry in self.store.collection(_SLICES).entries:
                for one in entry.document().get("endpoints") or ():
                    if "targetRef" in one:
                        self._slices[entry.namespace, one["targetRef"]["name"]] = entry.name
        return self._slices


def _add(status: Object, change: int, field: str, *, kept: bool = False) -> None:
    value = max(0, status.get(field, 0) + change)
    if value or kept:
        status[field] = value
    else:
        status.pop(field, None)


def _move(subset: Object, old: str, place: Object, target: Object, ready: bool) -> None:
    reference: Object = {"kind": "Pod"}
    for key in ("addresses", "notReadyAddresses"):
        kept = []
        for one in subset.get(key, ()):
            if one.get("targetRef", {}).get("name") == old:
                reference = one["targetRef"]
            else:
                kept.append(one)
        subset[key] = kept
    subset["addresses" if ready else "notReadyAddresses"].append({**place, "targetRef": {**reference, **target}})
    for key in ("addresses", "notReadyAddresses"):
        if not subset[key]:
            del subset[key]
