"""A whole homelab: every object by resource, from one seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from homeperf_ray.sim.apis import Apis
from homeperf_ray.sim.certificates import Authority
from homeperf_ray.sim.collection import Collection
from homeperf_ray.sim.content import (
    access,
    ceph,
    certificates,
    configuration,
    definitions,
    events,
    flow,
    flux,
    gateways,
    jobs,
    leases,
    metrics,
    network,
    nodes,
    plan,
    registrations,
    storage,
    templates,
)
from homeperf_ray.sim.content.controllers import Controller
from homeperf_ray.sim.content.names import App
from homeperf_ray.sim.content.pods import Pod, Scheduler, of_workload, static
from homeperf_ray.sim.content.world import DAY, Object, World
from homeperf_ray.sim.entries import Entry, encode
from homeperf_ray.sim.options import Options
from homeperf_ray.sim.store import Store

_HISTORY = 5_000
"""So many resourceVersions before the current one are still known."""


class Homelab:
    """Builds the objects of a homelab as they are at ``now``, for a server that serves ``apis``."""

    def __init__(self, options: Options, apis: Apis, now: datetime) -> None:
        self._apis = apis
        self._known = {kind.resource for kind in apis.kinds()}
        self._world = World(options, now)
        self._plan = plan.make(options, self._world.rng)
        self._entries: dict[str, list[Entry]] = {}

    @property
    def limited_namespaces(self) -> tuple[str, str]:
        """The two namespaces that the limited user may read."""
        return "media", "home-assistant"

    def store(self) -> Store:
        """Build everything and encode it."""
        world, chosen = self._world, self._plan
        found = nodes.make(world)
        self._add({"nodes": nodes.objects(world, found), "namespaces": self._namespaces()})
        scheduler = Scheduler(world, found)
        claims = storage.deal(world, chosen.workloads)
        pods = self._workloads(scheduler)
        job_pods, job_objects = jobs.make(world, scheduler, chosen)
        self._add(job_objects)
        pods += self._static_pods(found) + job_pods
        self._add(storage.objects(world, claims))
        self._cluster(pods, found)
        self._add({"events": events.of_pods(world, pods)})
        self._register(found)
        collections = {resource: Collection(resource, entries) for resource, entries in self._entries.items()}
        return Store(collections, world.version - _HISTORY, world.version)

    def _register(self, found: list[nodes.Node]) -> None:
        """What a cluster keeps of itself."""
        world = self._world
        uids = {entry.name: entry.document()["metadata"]["uid"] for entry in self._entries["nodes"]}
        self._add({"leases.coordination.k8s.io": leases.objects(world, found, uids, self._plan.namespaces)})
        self._add(registrations.objects(world, self._apis, found, uids))
        self._add(access.objects(world, self.limited_namespaces, reader=world.options.fairness))

    def _add(self, objects: Mapping[str, Iterable[Object]]) -> None:
        for resource, items in objects.items():
            if resource in self._known:
                self._entries.setdefault(resource, []).extend(encode(resource, item) for item in items)

    def _keep(self, made: Iterable[tuple[Pod, Object]]) -> list[Pod]:
        """Encode pods' objects as they come, so that they need not all be there at once."""
        pods = []
        for pod, item in made:
            self._add({"pods": [item]})
            pods.append(pod)
        return pods

    def _namespaces(self) -> list[Object]:
        return [
            {
                "metadata": self._world.metadata(
                    name,
                    age=self._world.rng.uniform(100 * DAY, 400 * DAY),
                    labels={"kubernetes.io/metadata.name": name},
                ),
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Active"},
            }
            for name in self._plan.namespaces
        ]

    def _workloads(self, scheduler: Scheduler) -> list[Pod]:
        """Workloads with their pods, and with the Services of those that listen."""
        world = self._world
        pods: list[Pod] = []
        for workload in self._plan.workloads:
            template = templates.make(world, workload)
            controller = Controller(world, workload, template)
            mine = self._keep(of_workload(world, scheduler, workload, template, controller.pod_owner, controller.age))
            self._add(controller.objects(mine))
            if workload.app.port:
                self._add(network.service(world, workload, mine))
            pods += mine
        return pods

    def _static_pods(self, found: list[nodes.Node]) -> list[Pod]:
        pods = []
        for name in self._plan.static:
            app = App(name, f"registry.k8s.io/{name}", "v3.5.21" if name == "etcd" else "v1.34.1", 0, "Static")
            workload = plan.Workload("kube-system", app, {"component": name}, 0, host_network=True)
            template = templates.make(self._world, workload)
            pods += self._keep(static(self._world, workload, template, node) for node in found if node.control_plane)
        return pods

    def _cluster(self, pods: list[Pod], found: list[nodes.Node]) -> None:
        """What is there once a cluster, and what describes everything else."""
        world, chosen = self._world, self._plan
        sites = network.sites(world, chosen.workloads)
        authority = Authority("kubernetes", world.rng, world.now).pem
        self._add(
            {
                "ingressclasses.networking.k8s.io": [network.ingress_class(world)],
                "ingresses.networking.k8s.io": network.ingresses(world, sites),
                "storageclasses.storage.k8s.io": storage.classes(world),
                "csidrivers.storage.k8s.io": storage.drivers(world),
                "configmaps": configuration.config_maps(world, chosen.namespaces, chosen.workloads, authority),
                "secrets": configuration.secrets(world, chosen.workloads),
                "serviceaccounts": configuration.service_accounts(world, chosen.namespaces, chosen.workloads),
                "customresourcedefinitions.apiextensions.k8s.io": definitions.of(world, self._apis),
                "nodes.metrics.k8s.io": metrics.of_nodes(world, found),
                "pods.metrics.k8s.io": metrics.of_pods(world, pods),
            }
        )
        self._add(network.default_service(world, [node.address for node in found if node.control_plane]))
        if sites and not world.healthy:
            self._add(network.stray_service(world, sites[0].namespace))
        wanted = certificates.wanted(world, sites, chosen.namespaces)
        self._add({"secrets": certificates.secrets(world, wanted)})
        self._add({"certificates.cert-manager.io": certificates.objects(world, wanted)})
        self._add(gateways.objects(world))
        self._add(flow.objects(world))
        if "rook-ceph" in chosen.namespaces:
            self._add({"cephclusters.ceph.rook.io": [ceph.cluster(world)]} | ceph.parts(world))
        if "flux-system" in chosen.namespaces:
            self._add(flux.objects(world, chosen.namespaces, chosen.workloads))
        self._add(gateways.routes(world))
