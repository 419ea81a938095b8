"""Classes, claims and volumes, and Ceph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import HOURS, NOW, OLD, YOUNG, Made, ago, condition, make
from tests.apiserver.content.workloads import deployment
from tests.apiserver.crds import CEPH_BLOCK_POOL, CEPH_CLUSTER, CEPH_FILESYSTEM, CEPH_OBJECT_STORE

BLOCK, LOCAL = "ceph-block", "local-path"
RBD = "rook-ceph.rbd.csi.ceph.com"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
ODD_CLAIMS = 9


def classes(*, defaults: int = 1) -> Iterator[Made]:
    """A class that binds at once and one that waits for a pod; as many of them as ``defaults`` are the default."""
    for number, (name, provisioner, mode) in enumerate(
        ((BLOCK, RBD, "Immediate"), (LOCAL, "rancher.io/local-path", "WaitForFirstConsumer"))
    ):
        annotations = {DEFAULT_CLASS: "true"} if number < defaults else {}
        body = {"provisioner": provisioner, "volumeBindingMode": mode, "reclaimPolicy": "Delete"}
        codes = ("HP304",) if number < defaults > 1 else ()
        yield make("storage.k8s.io/v1", "storageclasses", "StorageClass", name,
                   metadata={"annotations": annotations}, body=body, codes=codes)  # fmt: skip


def provisioners(home: str) -> Iterator[Made]:
    """Who makes the volumes of the classes."""
    yield deployment("csi-rbdplugin-provisioner", home, available=1, codes=("HP222", "HP309"),
                     image="registry.k8s.io/sig-storage/csi-provisioner:v5.0.1")  # fmt: skip
    yield deployment("local-path-provisioner", "kube-system", 1, available=0, codes=("HP221", "HP308"),
                     image="rancher/local-path-provisioner:v0.0.30")  # fmt: skip


def claims(namespaces: list[str], count: int) -> Iterator[Made]:
    """Odd claims first, then bound ones with their volumes: ``count`` claims in all."""
    first, second, *_ = namespaces
    yield _claim("lost", first, "Lost", volume="gone", codes=("HP302",), shown="Lost")
    yield _claim("waits", second, "Pending", codes=("HP301",), shown="Pending")
    yield _claim("no-such-class", first, "Pending", storage_class="longhorn", codes=("HP301",), shown="Pending")
    yield _claim("classless", second, "Pending", storage_class="", codes=("HP301",), shown="Pending")
    yield _claim("placed", first, "Pending", storage_class=LOCAL, codes=("HP301",), shown="Pending",
                 annotations={SELECTED_NODE: "worker-1"})  # fmt: skip
    yield _claim("for-a-first-pod", second, "Pending", storage_class=LOCAL, shown="Pending")
    yield _claim("new", first, "Pending", age=YOUNG, shown="Pending")
    yield _claim("large", second, "Bound", volume="pv-large", shown="Bound")
    yield _volume("pv-large", "Bound", second, "large")
    for number in range(count - ODD_CLAIMS):
        namespace = namespaces[number % len(namespaces)]
        yield _claim(f"data-{number}", namespace, "Bound", volume=f"pv-{number}", shown="Bound")
        yield _volume(f"pv-{number}", "Bound", namespace, f"data-{number}")
    yield _claim("stuck", first, "Bound", volume="pv-stuck", finalizers=("homelab.invalid/hold",), ending=OLD,
                 codes=("HP318",), shown="Terminating")  # fmt: skip
    yield _volume("pv-stuck", "Bound", first, "stuck")
    yield _volume("pv-of-a-driver-that-is-gone", "Bound", first, "elsewhere", driver="nfs.csi.k8s.io",
                  about="CSIDriver/nfs.csi.k8s.io", codes=("HP306",))  # fmt: skip
    yield _volume("pv-released", "Released", first, "deleted")
    yield _volume("pv-kept", "Released", first, "deleted-as-well", policy="Retain", codes=("HP310",))
    yield _volume("pv-available", "Available")
    yield _volume("pv-failed", "Failed", first, "deleted-too", codes=("HP305",),
                  why={"reason": "VolumeFailedDelete", "message": "rbd: image has snapshots"})  # fmt: skip


def ceph(namespace: str) -> Iterator[Made]:
    """The homelab's own cluster, which warns; more, so that everything that Rook can say is said."""
    down = {"OSD_DOWN": ("HEALTH_WARN", "1 osds down"), "PG_DEGRADED": ("HEALTH_WARN", "Degraded data redundancy")}
    yield _ceph_cluster("rook-ceph", namespace, "HEALTH_WARN", down, codes=("HP312", "HP312"))
    yield _ceph_cluster("rook-full", namespace, "HEALTH_ERR", {"OSD_FULL": ("HEALTH_ERR", "1 full osd(s)")}, used=970,
                        checked=ago(HOURS), codes=("HP311", "HP314", "HP315"))  # fmt: skip
    yield _ceph_cluster("rook-filling", namespace, "HEALTH_OK", {}, used=880, phase="Progressing",
                        codes=("HP313", "HP316"))  # fmt: skip
    yield _ceph_cluster("rook-broken", namespace, "HEALTH_OK", {}, phase="Failure", codes=("HP317",))
    yield _ceph_cluster("rook-mixed", namespace, "HEALTH_OK", {}, codes=("HP319",),
                        versions={"ceph version 19.2.0": 1, "ceph version 19.2.2": 8})  # fmt: skip
    for definition in (CEPH_BLOCK_POOL, CEPH_FILESYSTEM, CEPH_OBJECT_STORE):
        yield make(definition.api, definition.plural, definition.kind, "main", namespace,
                   body={"spec": {"replicated": {"size": 3}}}, status={"phase": "Ready"})  # fmt: skip
        yield make(definition.api, definition.plural, definition.kind, "hangs", namespace, codes=("HP320",),
                   body={"spec": {}}, status={"phase": "Progressing"})  # fmt: skip
    yield make(CEPH_BLOCK_POOL.api, CEPH_BLOCK_POOL.plural, CEPH_BLOCK_POOL.kind, "fails", namespace, codes=("HP321",),
               body={"spec": {}}, status={"phase": "Failure", "conditions": [condition("Ready", "False")]})  # fmt: skip


def _ceph_cluster(
    name: str,
    namespace: str,
    health: str,
    details: dict[str, tuple[str, str]],
    *,
    used: int = 300,
    phase: str = "Ready",
    checked: str = f"{NOW - YOUNG:%FT%TZ}",
    versions: dict[str, int] | None = None,
    **made: Any,
) -> Made:
    """``used`` is in thousandths. ``checked`` lies ahead, so that the report does not become stale during the tests."""
    report = {
        "health": health,
        "details": {key: {"severity": severity, "message": text} for key, (severity, text) in details.items()},
        "capacity": {"bytesTotal": 10**12, "bytesUsed": used * 10**9, "bytesAvailable": (1000 - used) * 10**9},
        "lastChecked": checked,
        "versions": {"overall": versions or {"ceph version 19.2.0": 9}},
    }
    progressing = condition("Progressing", "True" if phase == "Progressing" else "False")
    status = {"phase": phase, "message": "as told by Rook", "ceph": report, "conditions": [progressing]}
    return make(CEPH_CLUSTER.api, CEPH_CLUSTER.plural, CEPH_CLUSTER.kind, name, namespace,
                body={"spec": {"mon": {"count": 3}}}, status=status, **made)  # fmt: skip


def _claim(
    name: str,
    namespace: str,
    phase: str,
    *,
    storage_class: str = BLOCK,
    volume: str = "",
    annotations: dict[str, str] | None = None,
    finalizers: tuple[str, ...] = (),
    **made: Any,
) -> Made:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "10Gi"}},
        "storageClassName": storage_class,
        **({"volumeName": volume} if volume else {}),
    }
    status = {"phase": phase}
    if phase == "Bound":
        status |= {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "10Gi"}}
    metadata = {"annotations": annotations or {}, "finalizers": list(finalizers)}
    return make("v1", "persistentvolumeclaims", "PersistentVolumeClaim", name, namespace, metadata=metadata,
                body={"spec": spec}, status=status, **made)  # fmt: skip


def _volume(
    name: str,
    phase: str,
    namespace: str = "",
    claim: str = "",
    *,
    policy: str = "Delete",
    driver: str = RBD,
    why: dict[str, str] | None = None,
    **made: Any,
) -> Made:
    spec = {
        "capacity": {"storage": "10Gi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": BLOCK,
        "persistentVolumeReclaimPolicy": policy,
        "csi": {"driver": driver, "volumeHandle": name},
        **({"claimRef": {"namespace": namespace, "name": claim}} if claim else {}),
    }
    return make("v1", "persistentvolumes", "PersistentVolume", name, body={"spec": spec},
                status={"phase": phase, **(why or {})}, **made)  # fmt: skip
