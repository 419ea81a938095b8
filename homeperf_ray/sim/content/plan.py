"""The plan of a homelab: which workloads run where, how many pods each has, and which of them are sick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle
from random import Random

from homeperf_ray.sim.content.names import APPS, EMPTY, MORE, SYSTEM, App, namespaces
from homeperf_ray.sim.options import Options

SICKNESSES = (
    "crash-loop",
    "image-pull-back-off",
    "err-image-pull",
    "config-error",
    "unschedulable",
    "oom-killed",
    "not-ready",
    "init-failing",
    "restarts-steady",
    "restarts-young",
    "restarts-old",
    "evicted",
    "terminating",
    "unknown",
)
"""What a pod of a workload may have; ``evicted`` and ``terminating`` pods are there beside their replacements."""

EXTRA = frozenset({"evicted", "terminating"})

_SICK_WORKLOADS = 0.6
"""At most this share of the applications is made sick."""

_WORKLOADS_PODS = 20_000
"""A homelab of more pods has not more workloads, but more replicas of each."""


@dataclass
class Workload:
    """A controller and its pods. ``pods`` counts replicas; ``sick`` names what its first pod has, if anything."""

    namespace: str
    app: App
    labels: dict[str, str]
    pods: int
    sick: str = ""
    claims: list[str] = field(default_factory=list)
    host_network: bool = False

    @property
    def name(self) -> str:
        return self.app.name

    @property
    def total(self) -> int:
        """Pods, the evicted or terminating one included."""
        return self.pods + (1 if self.sick in EXTRA else 0)


@dataclass(frozen=True)
class Plan:
    """Everything that has pods. ``completed`` and ``failed`` are pods of jobs; ``control_planes`` run static pods."""

    namespaces: tuple[str, ...]
    workloads: tuple[Workload, ...]
    static: tuple[str, ...]
    completed: int
    failed: int


def control_planes(nodes: int) -> int:
    """How many of the nodes are control planes."""
    return 3 if nodes >= 5 else 1


def make(options: Options, rng: Random) -> Plan:
    """Spend exactly ``options.pods`` pods."""
    names = namespaces(options.namespaces, frozenset(options.without))
    each = 0 if options.healthy else min(20, max(1, round(options.pods / 200)))
    roomy = options.pods >= max(60, 3 * options.nodes)
    jobs = options.pods // 20 if roomy else 0
    failed = min(each, jobs // 2)
    left = options.pods - jobs - (each * len(EXTRA) if roomy else 0)
    workloads: list[Workload] = []
    for workload in _system(options, names):
        if workload.pods <= left:
            workloads.append(workload)
            left -= workload.pods
    static: tuple[str, ...] = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
    masters = control_planes(options.nodes)
    if left < masters * len(static) * 2:
        static = ()
    left -= masters * len(static)
    toolbox = _toolbox(names) if left > 0 else []
    left -= len(toolbox)
    for workload in _applications(options, names, rng):
        if left <= 0:
            break
        if workload.app.kind == "DaemonSet" and workload.pods > left:
            continue
        workload.pods = min(workload.pods, left)
        left -= workload.pods
        workloads.append(workload)
    workloads += toolbox
    jobs += _sicken(workloads, each, rng, extras=roomy)
    return Plan(tuple(names), tuple(workloads), static, jobs - failed, failed)


def _sicken(workloads: list[Workload], each: int, rng: Random, *, extras: bool) -> int:
    """Deal the sicknesses out, one a workload; return how many reserved extra pods were not needed."""
    apps = [one for one in workloads if one.namespace not in SYSTEM and one.app.kind != "DaemonSet"]
    rng.shuffle(apps)
    sick = apps[: int(len(apps) * _SICK_WORKLOADS)]
    kinds = [kind for kind in SICKNESSES if extras or kind not in EXTRA] * each
    reserved = sum(1 for kind in kinds if kind in EXTRA)
    for kind, workload in zip(kinds, sick, strict=False):
        if kind == "init-failing":
            workload.app = _with_init(workload.app)
        workload.sick = kind
    used = sum(1 for workload in workloads if workload.sick in EXTRA)
    return reserved - used


def _with_init(app: App) -> App:
    return replace(app, init=True, sidecar=False)


def _system(options: Options, names: list[str]) -> Iterator[Workload]:
    """What makes a cluster a cluster, the indispensable first."""
    nodes = options.nodes

    def one(namespace: str, app: App, labels: dict[str, str], *, host: bool = False) -> Workload:
        pods = nodes if app.kind == "DaemonSet" else app.replicas
        return Workload(namespace, app, {"app.kubernetes.io/name": app.name, **labels}, pods, host_network=host)

    def operators(namespace: str, image: str, tag: str, apps: tuple[str, ...], part: str) -> Iterator[Workload]:
        for name in apps:
            app = App(name, image.format(name), tag, 8080)
            yield one(namespace, app, {"app": name, "app.kubernetes.io/part-of": part})

    yield one(
        "kube-system",
        App("cilium", "quay.io/cilium/cilium", "v1.17.4", 4244, "DaemonSet", init=True),
        {"k8s-app": "cilium"},
        host=True,
    )
    yield one(
        "kube-system",
        App("coredns", "registry.k8s.io/coredns/coredns", "v1.12.1", 53, replicas=2),
        {"k8s-app": "kube-dns"},
    )
    yield one(
        "ingress-nginx",
        App("ingress-nginx-controller", "registry.k8s.io/ingress-nginx/controller", "v1.12.2", 443),
        {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"},
    )
    yield one(
        "kube-system",
        App("cilium-operator", "quay.io/cilium/operator-generic", "v1.17.4", 9234),
        {"io.cilium/app": "operator"},
        host=True,
    )
    if "metrics" not in options.without:
        yield one(
            "kube-system",
            App("metrics-server", "registry.k8s.io/metrics-server/metrics-server", "v0.7.2", 10250),
            {"k8s-app": "metrics-server"},
        )
    if "flux-system" in names:
        controllers = ("source-controller", "kustomize-controller", "helm-controller", "notification-controller")
        yield from operators("flux-system", "ghcr.io/fluxcd/{}", "v1.6.0", controllers, "flux")
    if "cert-manager" in names:
        parts = ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook")
        yield from operators("cert-manager", "quay.io/jetstack/{}", "v1.17.2", parts, "cert-manager")
    if "rook-ceph" in names:
        daemons = ("rook-ceph-operator", "rook-ceph-mon-a", "rook-ceph-mon-b", "rook-ceph-mon-c", "rook-ceph-mgr-a")
        disks = tuple(f"rook-ceph-osd-{number}" for number in range(min(12, max(1, nodes - control_planes(nodes)))))
        yield from operators("rook-ceph", "quay.io/ceph/ceph", "v19.2.2", (*daemons, *disks), "rook-ceph")
        plugin = App("csi-rbdplugin", "quay.io/cephcsi/cephcsi", "v3.14.0", 8080, "DaemonSet", sidecar=True)
        yield one("rook-ceph", plugin, {"app": "csi-rbdplugin"}, host=True)
        provisioner = App(
            "csi-rbdplugin-provisioner", "quay.io/cephcsi/cephcsi", "v3.14.0", 8080, replicas=2, sidecar=True
        )
        yield one("rook-ceph", provisioner, {"app": "csi-rbdplugin-provisioner"})


def _toolbox(names: list[str]) -> list[Workload]:
    """Where Ceph's own commands are run."""
    if "rook-ceph" not in names:
        return []
    app = App("rook-ceph-tools", "quay.io/ceph/ceph", "v19.2.2", 0)
    return [Workload("rook-ceph", app, {"app": "rook-ceph-tools"}, 1)]


def _applications(options: Options, names: list[str], rng: Random) -> Iterator[Workload]:
    """Applications without end: those that people name first, one namespace after another, then more of the same."""

    def one(namespace: str, app: App) -> Workload:
        labels = {"app.kubernetes.io/name": app.name, "app.kubernetes.io/instance": app.name}
        pods = options.nodes if app.kind == "DaemonSet" else app.replicas
        return Workload(namespace, app, labels, pods)

    catalogue = {name: list(APPS.get(name, ())) for name in names}
    while any(catalogue.values()):
        for name in names:
            if catalogue[name]:
                yield one(name, catalogue[name].pop(0))
    room = [name for name in names if name not in SYSTEM | EMPTY]
    used: dict[tuple[str, str], int] = {}
    times = -(-options.pods // _WORKLOADS_PODS)
    for namespace in cycle(room):
        base = rng.choice(MORE)
        turn = used[namespace, base.name] = used.get((namespace, base.name), 0) + 1
        name = base.name if turn == 1 else f"{base.name}-{turn}"
        yield one(namespace, replace(base, name=name, replicas=base.replicas * times))
