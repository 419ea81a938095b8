"""Pods: of workloads, of jobs, and the static ones of the control planes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from homeperf_ray.sim.content import managed, podstates
from homeperf_ray.sim.content.nodes import Node
from homeperf_ray.sim.content.plan import EXTRA, Workload
from homeperf_ray.sim.content.podstates import Place, State
from homeperf_ray.sim.content.templates import Template
from homeperf_ray.sim.content.world import DAY, HOUR, Object, Owner, World


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod as its controller, its Service and the events need it; its object is encoded as soon as it is made."""

    workload: Workload
    name: str
    uid: str
    node: str
    address: str
    sick: str
    containers: tuple[str, ...]
    ready: bool
    age: float
    message: str = ""
    """Why it is not scheduled, where it is not."""

    @property
    def counted(self) -> bool:
        """Whether its controller counts it as one of its replicas."""
        return self.sick not in EXTRA


_ORDINARY_AGES = (1.5 * DAY, 60 * DAY)


class Scheduler:
    """Deals pods to nodes."""

    def __init__(self, world: World, nodes: list[Node]) -> None:
        self._world = world
        self.nodes = nodes
        self._open = [node for node in nodes if node.takes_pods]
        self._lost = [node for node in nodes if node.lost]

    def place(self, sick: str) -> Node:
        """A node for a pod: one that does not answer for pods that are stuck on it, any good one for others."""
        if sick in {"terminating", "unknown"} and self._lost:
            return self._lost[0]
        return self._world.rng.choice(self._open)


def of_workload(
    world: World, scheduler: Scheduler, workload: Workload, template: Template, owner: Owner, age: float
) -> Iterator[tuple[Pod, Object]]:
    """Every pod, with its object, of a Deployment, StatefulSet or DaemonSet that was created ``age`` seconds ago."""
    daemon, stateful = workload.app.kind == "DaemonSet", workload.app.kind == "StatefulSet"
    labels = workload.labels
    if workload.app.kind == "Deployment":
        labels = {**labels, "pod-template-hash": owner.name.rpartition("-")[2]}
    for position in range(workload.total):
        extra = workload.sick in EXTRA and position == workload.pods
        sick = workload.sick if extra or (position == 0 and workload.sick not in EXTRA) else ""
        node = scheduler.nodes[position] if daemon else scheduler.place(sick)
        name = f"{workload.name}-{position}" if stateful else f"{owner.name}-{world.suffix()}"
        own_age = world.rng.uniform(*podstates.AGES.get(sick, _ORDINARY_AGES))
        yield _pod(world, workload, template, owner, node, name, min(own_age, age), sick, position, labels)


def of_job(
    world: World,
    scheduler: Scheduler,
    workload: Workload,
    template: Template,
    owner: Owner,
    age: float,
    *,
    failed: bool,
) -> tuple[Pod, Object]:
    """The pod, with its object, of a job that is over."""
    node, uid = scheduler.place(""), world.uid()
    name = f"{owner.name}-{world.suffix()}"
    place = Place(workload.namespace, name, uid, node.name, node.address, world.address("10.42"), age)
    state = podstates.ended(world, template, place, failed=failed)
    spec = {**template.spec, "restartPolicy": "Never"}
    labels = {**workload.labels, "batch.kubernetes.io/job-name": owner.name, "job-name": owner.name}
    item = _object(world, workload, template, owner, place, state, spec, labels)
    return _known(workload, template, place, state, "failed" if failed else ""), item


def static(world: World, workload: Workload, template: Template, node: Node) -> tuple[Pod, Object]:
    """A static pod, with its object, of a control plane, mirrored by its kubelet."""
    uid, age = world.uid(), world.rng.uniform(20 * DAY, 60 * DAY)
    name = f"{workload.name}-{node.name}"
    place = Place("kube-system", name, uid, node.name, node.address, node.address, age)
    state = podstates.healthy(world, template, place)
    owner = Owner("v1", "Node", node.name, world.uid())
    labels = {"component": workload.name, "tier": "control-plane"}
    spec = {
        **template.spec,
        "hostNetwork": True,
        "priority": 2_000_001_000,
        "priorityClassName": "system-node-critical",
    }
    item = _object(world, workload, template, owner, place, state, spec, labels)
    item["metadata"].pop("generateName", None)
    item["metadata"]["annotations"] = {"kubernetes.io/config.source": "file", "kubernetes.io/config.mirror": uid}
    return _known(workload, template, place, state, ""), item


def _pod(
    world: World,
    workload: Workload,
    template: Template,
    owner: Owner,
    node: Node,
    name: str,
    age: float,
    sick: str,
    position: int,
    labels: dict[str, str],
) -> tuple[Pod, Object]:
    uid = world.uid()
    address = node.address if workload.host_network else world.address("10.42")
    place = Place(workload.namespace, name, uid, node.name, node.address, address, age, node.lost)
    if sick:
        state = podstates.sick(world, template, place, sick)
    else:
        state = podstates.healthy(world, template, place, _ordinary_restarts(world, age))
    spec = template.spec
    if workload.app.kind == "StatefulSet":
        claims = [
            {"name": claim, "persistentVolumeClaim": {"claimName": f"{claim}-{workload.name}-{position}"}}
            for claim in workload.claims
        ]
        spec = {**spec, "volumes": [*claims, *spec["volumes"]], "hostname": name}
    kind = workload.app.kind
    if kind == "StatefulSet":
        own = {"apps.kubernetes.io/pod-index": str(position), "statefulset.kubernetes.io/pod-name": name}
        labels = {**labels, **own}
    item = _object(world, workload, template, owner, place, state, spec, labels)
    if kind == "StatefulSet":
        item["metadata"]["generateName"] = f"{workload.name}-"
    return _known(workload, template, place, state, sick), item


def _known(workload: Workload, template: Template, place: Place, state: State, sick: str) -> Pod:
    return Pod(
        workload=workload,
        name=place.name,
        uid=place.uid,
        node=place.node if state.scheduled else "",
        address=place.address,
        sick=sick,
        containers=tuple(container.name for container in template.containers),
        ready=state.ready,
        age=place.age,
        message="" if state.scheduled else state.status["conditions"][0]["message"],
    )


def _ordinary_restarts(world: World, age: float) -> int:
    """Restarts that nobody would call trouble: one a week at most, none in the first days."""
    return world.rng.choice((0, 0, 0, 0, 1, 2)) if age > 21 * DAY else 0


def _object(
    world: World,
    workload: Workload,
    template: Template,
    owner: Owner,
    place: Place,
    state: State,
    spec: Object,
    labels: dict[str, str],
) -> Object:
    metadata = world.metadata(
        place.name,
        place.namespace,
        age=place.age,
        labels=labels,
        owner=owner,
        generate_name=f"{owner.name}-",
    )
    metadata["uid"] = place.uid
    if state.terminating:
        metadata["deletionTimestamp"] = world.stamp(state.terminating - 30)
        metadata["deletionGracePeriodSeconds"] = 30
    manager = "kubelet" if owner.kind == "Node" else "kube-controller-manager"
    changed = min(place.age, 1 * HOUR)
    metadata["managedFields"] = [
        managed.entry(manager, "v1", metadata["creationTimestamp"], template.owned),
        managed.entry("kubelet", "v1", world.stamp(changed), _status_fields(state.status), "status"),
    ]
    if state.scheduled:
        spec = {**spec, "nodeName": place.node}
    return {"metadata": metadata, "spec": spec, "status": state.status}


_shapes: dict[tuple[object, ...], msgspec.Raw] = {}


def _status_fields(status: Object) -> msgspec.Raw:
    """FieldsV1 of a pod's status, which most pods share. A genuine server tells more of each condition: 100 bytes."""
    shape = (tuple(status), tuple(one["type"] for one in status["conditions"]))
    found = _shapes.get(shape)
    if found is None:
        told = [{"type": one["type"]} for one in status["conditions"] if one["type"] != "PodScheduled"]
        fields = managed.fields({"status": {**status, "conditions": told}})
        found = _shapes[shape] = msgspec.Raw(msgspec.json.encode(fields))
    return found
