"""Storage: classes, claims that are bound, pending or lost, and volumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from homeperf_ray.sim.content import managed
from homeperf_ray.sim.content.names import EMPTY, SYSTEM
from homeperf_ray.sim.content.plan import Workload
from homeperf_ray.sim.content.world import DAY, HOUR, Object, World
from homeperf_ray.sim.fill import USED, USED_INODES

BLOCK, FILES, LOCAL = "ceph-block", "ceph-filesystem", "local-path"

_SIZES = ("1Gi", "5Gi", "10Gi", "20Gi", "50Gi", "100Gi")
_CLAIMS = ("data", "cache", "backup", "media")


_FULL: list[dict[str, str]] = [{USED: "94"}, {USED: "84"}, {USED_INODES: "96"}]
"""How full some claims are: nearly, getting there, and without room for many more files."""


@dataclass(frozen=True)
class Claim:
    """A claim of a workload; ``pod`` is its position in a StatefulSet."""

    workload: Workload
    volume: str
    name: str


def deal(world: World, workloads: Sequence[Workload]) -> list[Claim]:
    """Give the applications their claims, exactly as many as asked for, and note them in the workloads."""
    left = world.options.pvcs
    apps = [one for one in workloads if one.namespace not in SYSTEM | EMPTY and one.app.kind != "DaemonSet"]
    apps = apps or [one for one in workloads if one.app.kind != "DaemonSet"]
    claims: list[Claim] = []
    for turn in count():
        volume = _CLAIMS[turn % len(_CLAIMS)] + (f"-{turn // len(_CLAIMS) + 1}" if turn >= len(_CLAIMS) else "")
        for workload in apps:
            names = _claim_names(workload, volume)[:left]
            if not names:
                return claims
            workload.claims.append(volume)
            claims += [Claim(workload, volume, name) for name in names]
            left -= len(names)
    raise AssertionError


def _claim_names(workload: Workload, volume: str) -> list[str]:
    """One claim a pod of a StatefulSet, one for all pods of anything else."""
    if workload.app.kind == "StatefulSet":
        return [f"{volume}-{workload.name}-{position}" for position in range(workload.pods)]
    return [f"{workload.name}-{volume}"]


def classes(world: World) -> list[Object]:
    """StorageClasses, the first of them the default unless the options say otherwise."""
    offered = [(LOCAL, "rancher.io/local-path", "WaitForFirstConsumer")]
    if "ceph" not in world.options.without:
        offered.insert(0, (BLOCK, "rook-ceph.rbd.csi.ceph.com", "Immediate"))
        offered.insert(1, (FILES, "rook-ceph.cephfs.csi.ceph.com", "Immediate"))
    found = []
    for position, (name, provisioner, binding) in enumerate(offered):
        default = world.options.default_class and position == 0
        annotations = {"storageclass.kubernetes.io/is-default-class": "true" if default else "false"}
        item = {
            "metadata": world.metadata(name, age=300 * DAY, annotations=annotations),
            "provisioner": provisioner,
            "reclaimPolicy": "Delete",
            "allowVolumeExpansion": name != LOCAL,
            "volumeBindingMode": binding,
        }
        found.append(item)
    return found


def drivers(world: World) -> list[Object]:
    """CSIDrivers of what is installed."""
    if "ceph" in world.options.without:
        return []
    names = ("rook-ceph.cephfs.csi.ceph.com", "rook-ceph.rbd.csi.ceph.com")
    spec = {"attachRequired": True, "podInfoOnMount": False, "volumeLifecycleModes": ["Persistent"]}
    return [{"metadata": world.metadata(name, age=300 * DAY), "spec": spec} for name in names]


def objects(world: World, claims: Sequence[Claim]) -> dict[str, list[Object]]:
    """Claims and volumes; in a homelab that is not healthy a few are Pending, Lost or full, and one is Released."""
    each = 0 if world.healthy else min(20, max(1, round(len(claims) / 30)))
    trouble = ["Pending"] * each + ["Lost"] * each
    world.rng.shuffle(order := list(range(len(claims))))
    phases = dict(zip(order, trouble, strict=False)) if len(claims) > 2 * each else {}
    full = dict(zip(order[2 * each :], _FULL * each, strict=False)) if len(claims) > 5 * each else {}
    made: dict[str, list[Object]] = {"persistentvolumeclaims": [], "persistentvolumes": []}
    for position, claim in enumerate(claims):
        phase = phases.get(position, "Bound")
        item, volume = _claim(world, claim, phase)
        if position in full:
            item["metadata"]["annotations"] |= full[position]
        made["persistentvolumeclaims"].append(item)
        if volume:
            made["persistentvolumes"].append(volume)
    if claims and not world.healthy:
        made["persistentvolumes"].append(_released(world, claims[0]))
    return made


def _claim(world: World, claim: Claim, phase: str) -> tuple[Object, Object | None]:
    size, age = world.rng.choice(_SIZES), world.rng.uniform(61 * DAY, 300 * DAY)
    if phase == "Pending":
        age = world.rng.uniform(2 * HOUR, 3 * DAY)
    storage_class = _class(world, claim)
    metadata = world.metadata(claim.name, claim.workload.namespace, age=age, labels=claim.workload.labels)
    modes = ["ReadWriteMany"] if storage_class == FILES else ["ReadWriteOnce"]
    spec: Object = {
        "accessModes": modes,
        "resources": {"requests": {"storage": size}},
        "storageClassName": storage_class,
        "volumeMode": "Filesystem",
    }
    volume = None
    status: Object = {"phase": phase}
    if phase != "Pending":
        spec["volumeName"] = f"pvc-{metadata['uid']}"
        metadata["annotations"] = {
            "pv.kubernetes.io/bind-completed": "yes",
            "volume.kubernetes.io/storage-provisioner": "rook-ceph.rbd.csi.ceph.com",
        }
        metadata["finalizers"] = ["kubernetes.io/pvc-protection"]
    if phase == "Bound":
        status |= {"accessModes": modes, "capacity": {"storage": size}}
        reference = {"namespace": claim.workload.namespace, "name": claim.name, "uid": metadata["uid"]}
        volume = _volume(world, spec, size, age, reference, "Bound")
    metadata["managedFields"] = [
        managed.entry("kube-controller-manager", "v1", metadata["creationTimestamp"], managed.fields({"spec": spec})),
        managed.entry(
            "kube-controller-manager", "v1", world.stamp(age - 5), managed.fields({"status": status}), "status"
        ),
    ]
    return {"metadata": metadata, "spec": spec, "status": status}, volume


def _class(world: World, claim: Claim) -> str:
    if "ceph" in world.options.without:
        return LOCAL
    return FILES if claim.volume.startswith("media") else BLOCK


def _volume(world: World, claimed: Object, size: str, age: float, reference: Object, phase: str) -> Object:
    name = claimed["volumeName"]
    local = claimed["storageClassName"] == LOCAL
    driver = "rook-ceph.cephfs.csi.ceph.com" if claimed["storageClassName"] == FILES else "rook-ceph.rbd.csi.ceph.com"
    source: Object = (
        {"hostPath": {"path": f"/var/mnt/local-path/{name}", "type": "DirectoryOrCreate"}}
        if local
        else {"csi": {"driver": driver, "fsType": "ext4", "volumeHandle": f"0001-0009-rook-ceph-{world.uid()}"}}
    )
    annotations = {"pv.kubernetes.io/provisioned-by": "rancher.io/local-path" if local else driver}
    return {
        "metadata": world.metadata(name, age=age - 4, annotations=annotations),
        "spec": {
            "capacity": {"storage": size},
            **source,
            "accessModes": claimed["accessModes"],
            "claimRef": {"kind": "PersistentVolumeClaim", "apiVersion": "v1", **reference},
            "persistentVolumeReclaimPolicy": "Retain" if phase == "Released" else "Delete",
            "storageClassName": claimed["storageClassName"],
            "volumeMode": "Filesystem",
        },
        "status": {"phase": phase, **_since(world, age, phase)},
    }


def _since(world: World, age: float, phase: str) -> Object:
    """Servers since 1.29 say since when a volume has had its phase."""
    if world.minor < 29:
        return {}
    return {"lastPhaseTransitionTime": world.stamp(age / 2 if phase == "Released" else age - 5)}


def _released(world: World, claim: Claim) -> Object:
    """A volume whose claim was deleted."""
    uid = world.uid()
    claimed = {
        "volumeName": f"pvc-{uid}",
        "storageClassName": _class(world, claim),
        "accessModes": ["ReadWriteOnce"],
    }
    reference = {"namespace": claim.workload.namespace, "name": f"old-{claim.name}", "uid": uid}
    return _volume(world, claimed, "20Gi", 200 * DAY, reference, "Released")
