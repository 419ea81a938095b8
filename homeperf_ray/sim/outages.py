"""A node that goes away: silent first, then Unknown with its pods not ready, then evicted; and it may come back."""

from __future__ import annotations

from typing import Any

from homeperf_ray.sim import podchanges
from homeperf_ray.sim.churn import Churn
from homeperf_ray.sim.upkeep import Upkeep

Object = dict[str, Any]

_NODES, _PODS = "nodes.metrics.k8s.io", "pods.metrics.k8s.io"
_REPLICAS = "replicasets.apps"
_EVICTED = frozenset({_REPLICAS, "statefulsets.apps"})
_UNREACHABLE = "node.kubernetes.io/unreachable"


class Outage:
    """One node's. Call ``silent``, ``unknown``, ``evict`` in this order, as far as it goes, and ``over`` at the end.

    ``settle`` comes some time after ``evict`` and after ``over``.
    """

    def __init__(self, upkeep: Upkeep, churn: Churn, node: str) -> None:
        self._upkeep = upkeep
        self._churn = churn
        self._node = node
        self._measured: list[tuple[str, Object]] = []
        self._were_ready: list[tuple[str, str]] = []
        self._before: Object = {}
        self._started: list[tuple[str, str]] = []

    def _pods(self) -> list[Object]:
        entries = self._upkeep.store.collection("pods").entries
        return [entry.document() for entry in entries if entry.fields["spec.nodeName"] == self._node]

    def silent(self) -> None:
        """The kubelet says nothing: its Lease is not renewed, and nothing is measured on the node any more."""
        self._upkeep.silent.add(self._node)
        places = [(_NODES, "", self._node)]
        places += [(_PODS, pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in self._pods()]
        for resource, namespace, name in places:
            item = self._upkeep.get(resource, namespace, name)
            if item is not None:
                self._measured.append((resource, item))
                self._upkeep.remove(resource, namespace, name)

    def unknown(self) -> None:
        """The node controller gives up on the node: conditions Unknown, taints, pods that are not ready."""
        node = self._upkeep.get("nodes", "", self._node)
        if node is None:
            return
        now, self._before = self._upkeep.now(), node
        silence = {"status": "Unknown", "reason": "NodeStatusUnknown", "lastTransitionTime": now}
        silence["message"] = "Kubelet stopped posting node status."
        conditions = [one | silence for one in node["status"]["conditions"]]
        taints = [{"key": _UNREACHABLE, "effect": effect, "timeAdded": now} for effect in ("NoSchedule", "NoExecute")]
        spec = {**node["spec"], "taints": [*node["spec"].get("taints", ()), *taints]}
        self._upkeep.put("nodes", {**node, "spec": spec, "status": {**node["status"], "conditions": conditions}})
        for pod in self._pods():
            if podchanges.counts_as_ready(pod):
                self._were_ready.append((pod["metadata"]["namespace"], pod["metadata"]["name"]))
                for one in pod["status"]["conditions"]:
                    if one["type"] == "Ready":
                        one |= {"status": "False", "lastTransitionTime": now}
                self._upkeep.put("pods", pod)
                self._upkeep.turned(pod, ready=False)

    def evict(self) -> None:
        """Tolerations have run out: pods of ReplicaSets and StatefulSets are told to end.

        Other pods of the ReplicaSets start at once on nodes that are well. A StatefulSet waits for the end of the old
        pod, since there may never be two of one name, and only the node can tell of it.
        """
        now = self._upkeep.now()
        others = self._others()
        for position, pod in enumerate(self._pods()):
            meta, owner = pod["metadata"], self._upkeep.owner(pod)[0]
            if owner not in _EVICTED or "deletionTimestamp" in meta:
                continue
            meta |= {"deletionTimestamp": now, "deletionGracePeriodSeconds": 30}
            pod["status"] |= {
                "reason": "NodeLost",
                "message": f"Node {self._node} which was running pod {meta['name']} is unresponsive",
            }
            self._upkeep.put("pods", pod)
            if others and owner == _REPLICAS:
                self._start(pod, others[position % len(others)], gone=False)

    def over(self) -> None:
        """The node is back: what it was told to end has ended, the rest is ready again and measured."""
        now = self._upkeep.now()
        self._upkeep.silent.discard(self._node)
        node = self._upkeep.get("nodes", "", self._node)
        if node is not None and self._before:
            conditions = [{**one, "lastHeartbeatTime": now} for one in self._before["status"]["conditions"]]
            for one in conditions:
                if one["type"] == "Ready":
                    one["lastTransitionTime"] = now
            spec = {key: value for key, value in node["spec"].items() if key != "taints"}
            taints = [one for one in node["spec"].get("taints", ()) if one["key"] != _UNREACHABLE]
            spec |= {"taints": taints} if taints else {}
            self._upkeep.put("nodes", {**node, "spec": spec, "status": {**node["status"], "conditions": conditions}})
        self._bury()
        for namespace, name in self._were_ready:
            self._return(self._upkeep.get("pods", namespace, name), now)
        for resource, item in self._measured:
            metadata = item["metadata"]
            if resource == _NODES or self._upkeep.get("pods", metadata["namespace"], metadata["name"]):
                self._upkeep.put(resource, item)

    def _bury(self) -> None:
        """What was told to end has ended; StatefulSets begin theirs again, under their names, on nodes that live."""
        others = self._others()
        for position, pod in enumerate(self._pods()):
            meta = pod["metadata"]
            if "deletionTimestamp" not in meta or pod["status"].get("reason") != "NodeLost":
                continue
            if self._upkeep.owner(pod)[0] == _REPLICAS:
                self._upkeep.remove("pods", meta["namespace"], meta["name"])
            else:
                self._start(pod, others[position % len(others)] if others else None, name=meta["name"])

    def _start(self, old: Object, node: Object | None, *, gone: bool = True, name: str = "") -> None:
        name = self._churn.replace(old, node, gone=gone, name=name)
        self._started.append((old["metadata"]["namespace"], name))

    def settle(self) -> None:
        """What was started elsewhere runs by now."""
        while self._started:
            self._churn.recover(*self._started.pop())

    def _return(self, pod: Object | None, now: str) -> None:
        if pod is not None and podchanges.condition(pod, "Ready") != "True":
            podchanges.set_ready(pod, now, ready=True)
            self._upkeep.put("pods", pod)
            self._upkeep.turned(pod, ready=True)

    def _others(self) -> list[Object]:
        """Names and addresses of nodes that would take a pod."""
        nodes = [entry.document() for entry in self._upkeep.store.collection("nodes").entries]
        return [
            {"name": node["metadata"]["name"], "address": node["status"]["addresses"][0]["address"]}
            for node in nodes
            if podchanges.condition(node, "Ready") == "True" and not node["spec"].get("unschedulable")
        ]
