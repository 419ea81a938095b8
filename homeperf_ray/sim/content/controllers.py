"""Deployments with their ReplicaSets, StatefulSets and DaemonSets, whose status counts the pods that there are."""

from __future__ import annotations

from collections.abc import Sequence

from homeperf_ray.sim.content import managed
from homeperf_ray.sim.content.plan import Workload
from homeperf_ray.sim.content.pods import Pod
from homeperf_ray.sim.content.templates import Template
from homeperf_ray.sim.content.world import DAY, MINUTE, Object, Owner, World


class Controller:
    """A controller whose pods are not made yet: it gives them their owner, and afterwards its own objects."""

    def __init__(self, world: World, workload: Workload, template: Template) -> None:
        self._world = world
        self._template = template
        self.workload = workload
        self.age = world.rng.uniform(65 * DAY, 400 * DAY)
        labels = {**workload.labels, "app.kubernetes.io/managed-by": "Helm"}
        self._metadata = world.metadata(
            workload.name,
            workload.namespace,
            age=self.age,
            labels=labels,
            annotations={"meta.helm.sh/release-name": workload.name},
            generation=world.rng.randint(1, 30),
        )
        self.owner = Owner("apps/v1", workload.app.kind, workload.name, self._metadata["uid"])
        self._set_metadata: Object = {}
        if workload.app.kind == "Deployment":
            self._hash = world.suffix(10)
            self._set_metadata = self._replica_set_metadata(
                f"{workload.name}-{self._hash}", self.age - MINUTE, self._hash
            )
            self.pod_owner = Owner("apps/v1", "ReplicaSet", self._set_metadata["name"], self._set_metadata["uid"])
        else:
            self.pod_owner = self.owner

    def objects(self, pods: Sequence[Pod]) -> dict[str, list[Object]]:
        """The controller and what it owns, by resource, given its pods."""
        live = [pod for pod in pods if pod.counted]
        ready = sum(1 for pod in live if pod.ready)
        if self.workload.app.kind == "Deployment":
            return {"deployments.apps": [self._deployment(ready)], "replicasets.apps": self._replica_sets(ready)}
        if self.workload.app.kind == "StatefulSet":
            return {"statefulsets.apps": [self._stateful_set(ready)]}
        return {"daemonsets.apps": [self._daemon_set(ready)]}

    def _finished(self, spec: Object, status: Object) -> Object:
        changed = self._world.stamp(min(self.age, 2 * DAY))
        owned = {"f:metadata": managed.fields({"labels": self._metadata["labels"]}), **self._owned_spec(spec)}
        self._metadata["managedFields"] = [
            managed.entry("helm-controller", "apps/v1", self._metadata["creationTimestamp"], owned),
            managed.entry("kube-controller-manager", "apps/v1", changed, managed.fields({"status": status}), "status"),
        ]
        return {"metadata": self._metadata, "spec": spec, "status": status}

    def _owned_spec(self, spec: Object) -> Object:
        rest = {key: value for key, value in spec.items() if key != "template"}
        return {"f:spec": {**managed.fields(rest), "f:template": self._template.owned}}

    def _pod_template(self, extra: dict[str, str] | None = None) -> Object:
        labels = {**self.workload.labels, **(extra or {})}
        return {"metadata": {"creationTimestamp": None, "labels": labels}, "spec": self._template.spec}

    def _deployment(self, ready: int) -> Object:
        wanted, world = self.workload.pods, self._world
        self._metadata["annotations"]["deployment.kubernetes.io/revision"] = str(self._metadata["generation"])
        spec: Object = {
            "replicas": wanted,
            "selector": {"matchLabels": self.workload.labels},
            "template": self._pod_template(),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        }
        enough = ready >= wanted - wanted // 4
        available = (
            ("MinimumReplicasAvailable", "Deployment has minimum availability.")
            if enough
            else ("MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        )
        progressed = f'ReplicaSet "{self.pod_owner.name}" has successfully progressed.'
        conditions = [
            world.condition("Available", enough, *available, 2 * DAY),
            world.condition("Progressing", True, "NewReplicaSetAvailable", progressed, self.age),
        ]
        for condition in conditions:
            condition["lastUpdateTime"] = condition["lastTransitionTime"]
        status: Object = {
            "observedGeneration": self._metadata["generation"],
            "replicas": wanted,
            "updatedReplicas": wanted,
            **_some(readyReplicas=ready, availableReplicas=ready, unavailableReplicas=wanted - ready),
            "conditions": conditions,
        }
        return self._finished(spec, status)

    def _replica_set_metadata(self, name: str, age: float, digest: str) -> Object:
        return self._world.metadata(
            name,
            self.workload.namespace,
            age=age,
            labels={**self.workload.labels, "pod-template-hash": digest},
            owner=self.owner,
            generation=1,
        )

    def _replica_sets(self, ready: int) -> list[Object]:
        """The one in use and, for some, one of the revision before."""
        found = [self._replica_set(self._set_metadata, self._hash, self.workload.pods, ready)]
        if self._world.rng.random() < 0.4:
            digest = self._world.suffix(10)
            metadata = self._replica_set_metadata(f"{self.workload.name}-{digest}", self.age, digest)
            found.append(self._replica_set(metadata, digest, 0, 0))
        return found

    def _replica_set(self, metadata: Object, digest: str, wanted: int, ready: int) -> Object:
        hashed = {"pod-template-hash": digest}
        spec = {
            "replicas": wanted,
            "selector": {"matchLabels": {**self.workload.labels, **hashed}},
            "template": self._pod_template(hashed),
        }
        status = {
            "replicas": wanted,
            **_some(fullyLabeledReplicas=wanted, readyReplicas=ready, availableReplicas=ready),
            "observedGeneration": 1,
        }
        return {"metadata": metadata, "spec": spec, "status": status}

    def _stateful_set(self, ready: int) -> Object:
        wanted, revision = self.workload.pods, f"{self.workload.name}-{self._world.suffix(10)}"
        claims = [
            {
                "kind": "PersistentVolumeClaim",
                "apiVersion": "v1",
                "metadata": {"name": claim, "creationTimestamp": None},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}},
                "status": {"phase": "Pending"},
            }
            for claim in self.workload.claims
        ]
        spec: Object = {
            "replicas": wanted,
            "selector": {"matchLabels": self.workload.labels},
            "template": self._pod_template(),
            **({"volumeClaimTemplates": claims} if claims else {}),
            "serviceName": self.workload.name,
            "podManagementPolicy": "OrderedReady",
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
            "revisionHistoryLimit": 10,
        }
        status: Object = {
            "observedGeneration": self._metadata["generation"],
            "replicas": wanted,
            **_some(readyReplicas=ready),
            "currentReplicas": wanted,
            "updatedReplicas": wanted,
            "currentRevision": revision,
            "updateRevision": revision,
            "collisionCount": 0,
            "availableReplicas": ready,
        }
        return self._finished(spec, status)

    def _daemon_set(self, ready: int) -> Object:
        wanted = self.workload.pods
        spec: Object = {
            "selector": {"matchLabels": self.workload.labels},
            "template": self._pod_template(),
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
            "revisionHistoryLimit": 10,
        }
        status: Object = {
            "currentNumberScheduled": wanted,
            "numberMisscheduled": 0,
            "desiredNumberScheduled": wanted,
            "numberReady": ready,
            "observedGeneration": self._metadata["generation"],
            "updatedNumberScheduled": wanted,
            **_some(numberAvailable=ready, numberUnavailable=wanted - ready),
        }
        return self._finished(spec, status)


def _some(**counts: int) -> dict[str, int]:
    """Counts without the zeros, which the API server leaves out too."""
    return {name: count for name, count in counts.items() if count}
