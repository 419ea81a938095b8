"""ConfigMaps, Secrets of applications, and ServiceAccounts."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from homeperf_ray.sim.content.names import EMPTY, SYSTEM
from homeperf_ray.sim.content.plan import Workload
from homeperf_ray.sim.content.world import DAY, Object, World


def config_maps(
    world: World, namespaces: Sequence[str], workloads: Sequence[Workload], authority: bytes
) -> Iterator[Object]:
    """The cluster's CA in each namespace, and a configuration a workload."""
    for namespace in namespaces:
        metadata = world.metadata("kube-root-ca.crt", namespace, age=300 * DAY)
        yield {"metadata": metadata, "data": {"ca.crt": authority.decode()}}
    for workload in workloads:
        metadata = world.metadata(f"{workload.name}-config", workload.namespace, age=100 * DAY, labels=workload.labels)
        text = f"server:\n  port: {workload.app.port}\nlog:\n  level: info\n"
        yield {"metadata": metadata, "data": {"config.yaml": text}}


def secrets(world: World, workloads: Sequence[Workload]) -> Iterator[Object]:
    """Credentials of some applications, and what Helm keeps of its releases."""
    for workload in workloads:
        if workload.namespace not in SYSTEM and world.rng.random() < 0.3:
            name = f"{workload.name}-secret"
            metadata = world.metadata(name, workload.namespace, age=90 * DAY, labels=workload.labels)
            data = {"username": _encoded(workload.name.encode()), "password": _encoded(world.rng.randbytes(24))}
            yield {"metadata": metadata, "data": data, "type": "Opaque"}
        if world.rng.random() < 0.2:
            labels = {"name": workload.name, "owner": "helm", "status": "deployed", "version": "1"}
            name = f"sh.helm.release.v1.{workload.name}.v1"
            metadata = world.metadata(name, workload.namespace, age=90 * DAY, labels=labels)
            release = _encoded(base64.b64encode(world.rng.randbytes(900)))
            yield {"metadata": metadata, "data": {"release": release}, "type": "helm.sh/release.v1"}


def service_accounts(world: World, namespaces: Sequence[str], workloads: Sequence[Workload]) -> Iterator[Object]:
    """``default`` in each namespace, and one a workload."""
    for namespace in namespaces:
        yield {"metadata": world.metadata("default", namespace, age=300 * DAY)}
    for workload in workloads:
        if workload.namespace not in EMPTY:
            yield {"metadata": world.metadata(workload.name, workload.namespace, age=120 * DAY, labels=workload.labels)}


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
