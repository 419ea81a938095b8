"""Pods: of workloads, of jobs, and the static ones of the control planes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from homeperf_ray.sim.content import managed, podstates
from homeperf_ray.sim.content.nodes import Node
from homeperf_ray.sim.content.plan import EXTRA, Workload
from homeperf_ray.sim.content.podstates import Place, State
from homeperf_ray.sim.content.templates import Template
from homeperf_ray.sim.content.world import DAY, HOUR, Object, Owner, World


@dataclass(frozen=True)
class Pod:
    """A pod beside its object: what its controller, its Service and the events say about it."""

    workload: Workload
    name: str
    uid: str
    node: str
    address: str
    sick: str
    state: State
    age: float
    object: Object = field(repr=False)

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
) -> Iterator[Pod]:
    """Every pod of a Deployment, StatefulSet or DaemonSet that was created ``age`` seconds ago."""
    daemon, stateful = workload.app.kind == "DaemonSet", workload.app.kind == "StatefulSet"
    for position in range(workload.total):
        extra = workload.sick in EXTRA and position == workload.pods
        sick = workload.sick if extra or (position == 0 and workload.sick not in EXTRA) else ""
        node = scheduler.nodes[position] if daemon else scheduler.place(sick)
        name = f"{workload.name}-{position}" if stateful else f"{owner.name}-{world.suffix()}"
        own_age = world.rng.uniform(*podstates.AGES.get(sick, _ORDINARY_AGES))
        yield _pod(world, workload, template, owner, node, name, min(own_age, age), sick, position)


def of_job(
    world: World,
    scheduler: Scheduler,
    workload: Workload,
    template: Template,
    owner: Owner,
    age: float,
    *,
    failed: bool,
) -> Pod:
    """The pod of a job that is over."""
    node, uid = scheduler.place(""), world.uid()
    name = f"{owner.name}-{world.suffix()}"
    place = Place(workload.namespace, name, uid, node.name, node.address, world.address("10.42"), age)
    state = podstates.ended(world, template, place, failed=failed)
    spec = {**template.spec, "restartPolicy": "Never"}
    labels = {**workload.labels, "batch.kubernetes.io/job-name": owner.name, "job-name": owner.name}
    item = _object(world, workload, template, owner, place, state, spec, labels)
    return Pod(workload, name, uid, node.name, place.address, "failed" if failed else "", state, age, item)


def static(world: World, workload: Workload, template: Template, node: Node) -> Pod:
    """A static pod of a control plane, mirrored by its kubelet."""
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
    return Pod(workload, name, uid, node.name, node.address, "", state, age, item)


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
) -> Pod:
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
    labels = dict(workload.labels)
    if kind == "Deployment":
        labels["pod-template-hash"] = owner.name.rpartition("-")[2]
    elif kind == "StatefulSet":
        labels |= {"apps.kubernetes.io/pod-index": str(position), "statefulset.kubernetes.io/pod-name": name}
    item = _object(world, workload, template, owner, place, state, spec, labels)
    if kind == "StatefulSet":
        item["metadata"]["generateName"] = f"{workload.name}-"
    return Pod(workload, name, uid, node.name if state.scheduled else "", address, sick, state, age, item)


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
        annotations={"checksum/config": world.digest()} if workload.app.kind != "DaemonSet" else None,
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
        managed.entry("kubelet", "v1", world.stamp(changed), managed.fields({"status": state.status}), "status"),
    ]
    if state.scheduled:
        spec = {**spec, "nodeName": place.node}
    return {"metadata": metadata, "spec": spec, "status": state.status}
