"""Objects as a homelab has them, and what is wrong with some of them: the truth that findings are held against.

A genuine server dates every object itself, so all of them are seconds old: what the checks forgive a young object
(an unready pod, an ingress without its class) is among the healthy ones here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

NOW = dt.datetime.now(dt.UTC)


def ago(**past: float) -> str:
    """A moment in the past, as the API writes it."""
    return (NOW - dt.timedelta(**past)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Made:
    """One object: the collection it is created in, its spec, its status, and the code that it must get."""

    path: str
    body: dict[str, Any]
    status: dict[str, Any] = field(default_factory=dict)
    code: str = ""

    @property
    def key(self) -> tuple[str, str]:
        meta = self.body["metadata"]
        return meta.get("namespace", ""), f"{self.body['kind']}/{meta['name']}"


def make(
    path: str, kind: str, name: str, namespace: str = "", *, code: str = "", status=None, labels=None, **spec
) -> Made:
    group = path.removeprefix("/apis/").rsplit("/", 1)[0] if path.startswith("/apis/") else "v1"
    meta: dict[str, Any] = {"name": name, "labels": labels or {}}
    prefix, plural = path.rsplit("/", 1)
    if namespace:
        meta["namespace"] = namespace
        path = f"{prefix}/namespaces/{namespace}/{plural}"
    body = {"apiVersion": group, "kind": kind, "metadata": meta, **spec}
    return Made(path, body, status or {}, code)


def ready(
    status: str = "True", reason: str = "Ready", message: str = "", kind: str = "Ready", **past: float
) -> dict[str, Any]:
    return {"type": kind, "status": status, "reason": reason, "message": message,
            "lastTransitionTime": ago(**(past or {"hours": 3}))}  # fmt: skip


def node(name: str, condition: dict[str, Any], *more: dict[str, Any], code: str = "", cordoned: bool = False) -> Made:
    spec = {"spec": {"unschedulable": True}} if cordoned else {}
    return make("/api/v1/nodes", "Node", name, code=code, status={"conditions": [condition, *more]}, **spec)


def nodes() -> Iterator[Made]:
    for number in (1, 2, 3):
        yield node(f"control-{number}", ready())
    yield node("worker-1", ready("False", "KubeletNotReady", "container runtime is down"), code="HP101")
    yield node("worker-2", ready(), ready("True", "KubeletHasDiskPressure", kind="DiskPressure"), code="HP104")
    yield node("worker-3", ready(), code="HP107", cordoned=True)


def container(name: str = "app", restarts: int = 0, *, ok: bool = True, **state: Any) -> dict[str, Any]:
    state = state or {"state": {"running": {"startedAt": ago(days=20)}}}
    return {"name": name, "ready": ok, "restartCount": restarts, "image": "x", "imageID": "", **state}


def waiting(reason: str, message: str = "why") -> dict[str, Any]:
    return {"state": {"waiting": {"reason": reason, "message": message}}, "ok": False}


def ended(reason: str, code: int, where: str = "state", **past: float) -> dict[str, Any]:
    moment = ago(**(past or {"hours": 2}))
    return {where: {"terminated": {"reason": reason, "exitCode": code, "startedAt": moment, "finishedAt": moment}}}


def pod_status(
    phase: str, *containers: dict[str, Any], well: bool = True, started: float = 20, **more: Any
) -> dict[str, Any]:
    conditions = [
        ready("True" if well else "False", "" if well else "ContainersNotReady"),
        ready("True", "", kind="PodScheduled"),
    ]
    return {"phase": phase, "conditions": conditions, "startTime": ago(days=started),
            "containerStatuses": list(containers), **more}  # fmt: skip


CRASH = waiting("CrashLoopBackOff", "back-off 5m0s") | ended("Error", 1, "lastState")
SICK: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("crashing", "HP201", pod_status("Running", container(restarts=9, **CRASH), well=False)),
    ("no-image", "HP202", pod_status("Pending", container(**waiting("ImagePullBackOff")), well=False)),
    ("no-config", "HP203", pod_status("Pending", container(**waiting("CreateContainerConfigError")), well=False)),
    ("failed", "HP214", pod_status("Failed", container(**ended("Error", 3), ok=False), well=False)),
    ("evicted", "HP206", pod_status("Failed", well=False, reason="Evicted", message="low on ephemeral-storage")),
    ("hungry", "HP207", pod_status("Running", container(restarts=1, state={"running": {"startedAt": ago(hours=2)}},
                                                        **ended("OOMKilled", 137, "lastState")))),
    ("unready", "", pod_status("Running", container(ok=False), well=False)),
    ("init-fails", "HP209", pod_status("Pending", container(**waiting("PodInitializing")), well=False,
                                       initContainerStatuses=[container("init", 4, **CRASH)])),
    ("lost", "HP210", pod_status("Unknown", container())),
    ("restless", "HP213", pod_status("Running", container(restarts=60), started=3)),
)  # fmt: skip


def pods(namespaces: list[str], count: int) -> Iterator[Made]:
    """``count`` pods over the namespaces; every sick kind is among the first."""
    for number in range(count):
        namespace = namespaces[number % len(namespaces)]
        name, code, status = (
            SICK[number] if number < len(SICK) else (f"pod-{number}", "", pod_status("Running", container()))
        )
        if number > len(SICK) and number % 29 == 0:
            done = container(**ended("Completed", 0), ok=False)
            name, status = f"job-{number}", pod_status("Succeeded", done, well=False)
        spec = {"containers": [{"name": "app", "image": "registry.invalid/app:1"}], "nodeName": "control-1"}
        yield make("/api/v1/pods", "Pod", name, namespace, code=code, status=status, spec=spec)


def template(name: str) -> dict[str, Any]:
    return {
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [{"name": "app", "image": "registry.invalid/app:1"}]},
        },
    }


def deployment(namespace: str, name: str, available: int, *, code: str = "", replicas: int = 2, labels=None) -> Made:
    status = {"replicas": replicas, "observedGeneration": 1, "readyReplicas": available, "availableReplicas": available,
              "updatedReplicas": replicas, "unavailableReplicas": replicas - available,
              "conditions": [ready("True" if available == replicas else "False", "x", kind="Available"),
                             ready("True", "NewReplicaSetAvailable", kind="Progressing")]}  # fmt: skip
    return make("/apis/apps/v1/deployments", "Deployment", name, namespace, code=code, status=status, labels=labels,
                spec={"replicas": replicas, **template(name)})  # fmt: skip


def daemon_set(namespace: str, name: str, up: int, desired: int = 6, *, code: str = "", labels=None) -> Made:
    status = {"currentNumberScheduled": desired, "desiredNumberScheduled": desired, "numberMisscheduled": 0,
              "numberReady": up, "numberAvailable": up, "numberUnavailable": desired - up,
              "updatedNumberScheduled": desired, "observedGeneration": 1}  # fmt: skip
    return make("/apis/apps/v1/daemonsets", "DaemonSet", name, namespace, code=code, status=status, labels=labels,
                spec=template(name))  # fmt: skip


def workloads() -> Iterator[Made]:
    dns = {"k8s-app": "kube-dns"}
    yield deployment("kube-system", "coredns", 2, labels=dns)
    yield deployment("kube-system", "ingress-nginx-controller", 2, labels={"app.kubernetes.io/name": "ingress-nginx"})
    yield daemon_set("kube-system", "cilium", 6, labels={"k8s-app": "cilium"})
    for number in range(20):
        yield deployment(f"ns-{number:02}", f"web-{number}", 2)
    yield daemon_set("ns-03", "agents", 6)


def storage(claims: int, namespaces: list[str]) -> Iterator[Made]:
    default = {"storageclass.kubernetes.io/is-default-class": "true"}
    made = make("/apis/storage.k8s.io/v1/storageclasses", "StorageClass", "ceph-block", provisioner="rook.ceph/rbd")
    made.body["metadata"]["annotations"] = default
    yield made
    for number in range(claims):
        phase, code = ("Lost", "HP302") if number == 0 else ("Bound", "")
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
                "storageClassName": "ceph-block", "volumeName": f"pv-{number}"}  # fmt: skip
        namespace = namespaces[number % len(namespaces)]
        yield make("/api/v1/persistentvolumeclaims", "PersistentVolumeClaim", f"data-{number}", namespace, code=code,
                   status={"phase": phase}, spec=spec)  # fmt: skip
        volume = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "ceph-block",
                  "csi": {"driver": "rook.ceph", "volumeHandle": str(number)}}  # fmt: skip
        yield make(
            "/api/v1/persistentvolumes", "PersistentVolume", f"pv-{number}", status={"phase": "Bound"}, spec=volume
        )
    ceph = {"health": "HEALTH_WARN", "details": {"OSD_DOWN": {"severity": "HEALTH_WARN", "message": "1 osds down"}},
            "capacity": {"bytesTotal": 1000, "bytesUsed": 300, "bytesAvailable": 700},
            "lastChecked": ago(seconds=30)}  # fmt: skip
    yield make("/apis/ceph.rook.io/v1/cephclusters", "CephCluster", "rook-ceph", "rook-ceph", code="HP312",
               status={"phase": "Ready", "ceph": ceph}, spec={})  # fmt: skip


def network() -> Iterator[Made]:
    api = "/apis/networking.k8s.io/v1"
    yield make(f"{api}/ingressclasses", "IngressClass", "nginx", spec={"controller": "k8s.io/ingress-nginx"})
    port = {"service": {"name": "web", "port": {"number": 80}}}
    for number, klass in enumerate(("nginx", "nowhere")):
        yield make(f"{api}/ingresses", "Ingress", f"web-{number}", "ns-00",
                   spec={"ingressClassName": klass, "defaultBackend": port},
                   status={"loadBalancer": {"ingress": [{"ip": "192.168.1.9"}]}})  # fmt: skip


FLUX = (
    ("source.toolkit.fluxcd.io/v1", "gitrepositories", "GitRepository", "HP501"),
    ("source.toolkit.fluxcd.io/v1", "ocirepositories", "OCIRepository", "HP501"),
    ("source.toolkit.fluxcd.io/v1", "helmrepositories", "HelmRepository", "HP501"),
    ("source.toolkit.fluxcd.io/v1", "helmcharts", "HelmChart", "HP501"),
    ("source.toolkit.fluxcd.io/v1", "buckets", "Bucket", "HP501"),
    ("kustomize.toolkit.fluxcd.io/v1", "kustomizations", "Kustomization", "HP502"),
    ("helm.toolkit.fluxcd.io/v2", "helmreleases", "HelmRelease", "HP503"),
)


def flux() -> Iterator[Made]:
    for group, plural, kind, code in FLUX:
        for name, condition, sick in (
            ("good", ready(), ""),
            ("bad", ready("False", "BuildFailed", "no such file"), code),
        ):
            status = {"observedGeneration": 1, "conditions": [condition]}
            yield make(f"/apis/{group}/{plural}", kind, name, "flux-system", code=sick, status=status, spec={})


def cron_jobs(version: str) -> Iterator[Made]:
    job = {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}}}
    spec = {"schedule": "0 3 * * *", "jobTemplate": job}
    status = {"lastScheduleTime": ago(hours=5)}
    yield make(f"/apis/batch/{version}/cronjobs", "CronJob", "backup", "ns-00", spec=spec, status=status)
