"""Events: what the kubelet, the scheduler and the controllers said of the sick, and a little of the well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from homeperf_ray.sim.content.pods import Pod
from homeperf_ray.sim.content.world import MINUTE, Object, World

_WARNINGS: dict[str, tuple[str, str, str, int]] = {
    "crash-loop": (
        "BackOff",
        "Back-off restarting failed container {app} in pod {pod}_{namespace}({uid})",
        "kubelet",
        214,
    ),
    "image-pull-back-off": ("Failed", "Error: ImagePullBackOff", "kubelet", 88),
    "err-image-pull": ("Failed", "Error: ErrImagePull", "kubelet", 3),
    "config-error": ("Failed", 'Error: secret "{app}-credentials" not found', "kubelet", 140),
    "unschedulable": ("FailedScheduling", "{message}", "default-scheduler", 12),
    "not-ready": ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", "kubelet", 640),
    "init-failing": (
        "BackOff",
        "Back-off restarting failed container init in pod {pod}_{namespace}({uid})",
        "kubelet",
        97,
    ),
    "oom-killed": (
        "BackOff",
        "Back-off restarting failed container {app} in pod {pod}_{namespace}({uid})",
        "kubelet",
        4,
    ),
    "evicted": ("Evicted", "The node was low on resource: ephemeral-storage.", "kubelet", 1),
    "terminating": ("FailedKillPod", "error killing pod: context deadline exceeded", "kubelet", 9),
    "unknown": ("NodeNotReady", "Node is not ready", "node-controller", 1),
}


def of_pods(world: World, pods: Sequence[Pod]) -> Iterator[Object]:
    """A warning for what is wrong with a pod; for some of the others, that they were started."""
    for pod in pods:
        if pod.sick in _WARNINGS:
            reason, text, source, count = _WARNINGS[pod.sick]
            message = text.format(
                app=pod.workload.name,
                pod=pod.name,
                namespace=pod.workload.namespace,
                uid=pod.uid,
                message=pod.message,
            )
            yield _event(world, pod, "Warning", reason, message, source, count)
        elif world.rng.random() < 0.1:
            yield _event(world, pod, "Normal", "Pulled", "Container image already present on machine", "kubelet", 1)


def _event(world: World, pod: Pod, kind: str, reason: str, message: str, source: str, count: int) -> Object:
    last = world.rng.uniform(10, min(50 * MINUTE, pod.age - 5))
    name = f"{pod.name}.{world.rng.getrandbits(56):x}"
    return {
        "metadata": world.metadata(name, pod.workload.namespace, age=last + 5),
        "involvedObject": {
            "kind": "Pod",
            "namespace": pod.workload.namespace,
            "name": pod.name,
            "uid": pod.uid,
            "apiVersion": "v1",
        },
        "reason": reason,
        "message": message,
        "source": {"component": source, **({"host": pod.node} if source == "kubelet" else {})},
        "firstTimestamp": world.stamp(min(pod.age, last + (count - 1) * MINUTE)),
        "lastTimestamp": world.stamp(last),
        "count": count,
        "type": kind,
        "eventTime": None,
        "reportingComponent": source,
        "reportingInstance": pod.node if source == "kubelet" else "",
    }
