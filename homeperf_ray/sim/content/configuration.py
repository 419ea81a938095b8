"""ConfigMaps, Secrets with real certificates, and ServiceAccounts."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from homeperf_ray.sim.certificates import Authority
from homeperf_ray.sim.content.names import EMPTY, SYSTEM
from homeperf_ray.sim.content.network import DOMAIN, Site
from homeperf_ray.sim.content.plan import Workload
from homeperf_ray.sim.content.world import DAY, Object, World

EXPIRIES = (12.0, 88.0, 3.0, 64.0, -2.0, 75.0, 25.0, 81.0, 45.0, 59.0)
"""Days to expiry of the first certificates of a homelab that is not healthy; negative ones have expired."""

_DISTINCT = 60
"""After so many certificates, sites share a wildcard's: signing costs time."""


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


def secrets(world: World, sites: Sequence[Site], workloads: Sequence[Workload]) -> Iterator[Object]:
    """A certificate a site, credentials of some applications, and what Helm keeps of its releases."""
    authority = Authority("Homelab Intermediate CA", world.rng, world.now)
    wildcard: tuple[bytes, bytes] | None = None
    for position, site in enumerate(sites):
        if position < _DISTINCT:
            pair = authority.issue(site.host, names=[site.host], addresses=[], days=_days(world, position), age=60)
        else:
            wildcard = wildcard or authority.issue(f"*.{DOMAIN}", names=[f"*.{DOMAIN}"], addresses=[], days=70, age=20)
            pair = wildcard
        metadata = world.metadata(
            site.secret,
            site.namespace,
            age=60 * DAY,
            labels={"controller.cert-manager.io/fao": "true"},
            annotations={"cert-manager.io/common-name": site.host, "cert-manager.io/certificate-name": site.secret},
        )
        data = {"tls.crt": _encoded(pair[0] + authority.pem), "tls.key": _encoded(pair[1])}
        yield {"metadata": metadata, "data": data, "type": "kubernetes.io/tls"}
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


def _days(world: World, position: int) -> float:
    """Healthy certificates have more than 40 days left."""
    if not world.healthy and position < len(EXPIRIES):
        return EXPIRIES[position]
    return world.rng.uniform(41, 89)


def service_accounts(world: World, namespaces: Sequence[str], workloads: Sequence[Workload]) -> Iterator[Object]:
    """``default`` in each namespace, and one a workload."""
    for namespace in namespaces:
        yield {"metadata": world.metadata("default", namespace, age=300 * DAY)}
    for workload in workloads:
        if workload.namespace not in EMPTY:
            yield {"metadata": world.metadata(workload.name, workload.namespace, age=120 * DAY, labels=workload.labels)}


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
