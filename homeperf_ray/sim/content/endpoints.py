"""EndpointSlices, and the Endpoints that say the same in the old way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from homeperf_ray.sim.content.pods import Pod
from homeperf_ray.sim.content.world import DAY, Object, Owner, World

_SLICE = 100
"""Endpoints that one EndpointSlice holds at most, as its controller is set by default."""

_API_PORT = {"name": "https", "port": 6443, "protocol": "TCP"}


def of_service(
    world: World, owner: Owner, namespace: str, pods: Sequence[Pod], ports: list[Object]
) -> dict[str, list[Object]]:
    """What leads to the pods of a Service: those that are ready, and those that are not."""
    behind = [pod for pod in pods if pod.counted and pod.node]
    shown = [{"name": port["name"], "port": port["targetPort"], "protocol": port["protocol"]} for port in ports]
    labels = {
        "kubernetes.io/service-name": owner.name,
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    slices = []
    for first in range(0, len(behind) or 1, _SLICE):
        name, stem = f"{owner.name}-{world.suffix()}", f"{owner.name}-"
        metadata = world.metadata(name, namespace, age=120 * DAY, labels=labels, owner=owner, generate_name=stem)
        slices.append(_slice(metadata, (_endpoint(world, pod) for pod in behind[first : first + _SLICE]), shown))
    subset: Object = {"ports": shown}
    for key, ready in (("addresses", True), ("notReadyAddresses", False)):
        if addresses := [_address(pod) for pod in behind if pod.ready is ready]:
            subset[key] = addresses
    old: Object = {"metadata": world.metadata(owner.name, namespace, age=120 * DAY)}
    return {
        "endpointslices.discovery.k8s.io": slices,
        "endpoints": [old | ({"subsets": [subset]} if behind else {})],
    }


def of_api(world: World, addresses: Sequence[str]) -> dict[str, list[Object]]:
    """What leads to the API servers."""
    labels = {"kubernetes.io/service-name": "kubernetes"}
    metadata = world.metadata("kubernetes", "default", age=400 * DAY, labels=labels)
    there: list[Object] = [{"addresses": [address], "conditions": {"ready": True}} for address in addresses]
    subset = {"addresses": [{"ip": address} for address in addresses], "ports": [_API_PORT]}
    old = world.metadata("kubernetes", "default", age=400 * DAY)
    return {
        "endpointslices.discovery.k8s.io": [_slice(metadata, there, [_API_PORT])],
        "endpoints": [{"metadata": old, "subsets": [subset]}],
    }


def _slice(metadata: Object, endpoints: Iterable[Object], ports: list[Object]) -> Object:
    return {"metadata": metadata, "addressType": "IPv4", "endpoints": list(endpoints), "ports": ports}


def _endpoint(world: World, pod: Pod) -> Object:
    endpoint: Object = {
        "addresses": [pod.address],
        "conditions": {"ready": pod.ready},
        "targetRef": _target(pod),
    }
    if world.minor >= 21:
        endpoint["conditions"] |= {"serving": pod.ready, "terminating": False}
        endpoint["nodeName"] = pod.node
    else:
        endpoint["topology"] = {"kubernetes.io/hostname": pod.node}
    return endpoint


def _address(pod: Pod) -> Object:
    return {"ip": pod.address, "nodeName": pod.node, "targetRef": _target(pod)}


def _target(pod: Pod) -> Object:
    return {"kind": "Pod", "namespace": pod.workload.namespace, "name": pod.name, "uid": pod.uid}
