"""Provisioners: do those run who make the volumes of the storage classes?"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Code, Judgement
from homeperf_ray.checks.masks import matches
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.checks.verdict import Verdict, age, rows
from homeperf_ray.checks.workload_table import Workload, workloads
from homeperf_ray.kube.resources import DEPLOYMENTS, STATEFUL_SETS, STORAGE_CLASSES

_HINT = "kubectl -n {namespace} describe {kind} {name}"

DOWN = Code("HP308", "nobody makes the volumes of a storage class", "critical", _HINT, ("rollout_grace",), ("events",))
BEHIND = Code(
    "HP309", "the provisioner of a storage class is behind", "warning", _HINT, ("rollout_grace",), ("events",)
)

KNOWN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("*.rbd.csi.ceph.com", ("csi-rbdplugin-provisioner*", "*rbd.csi.ceph.com-ctrlplugin*")),
    ("*.cephfs.csi.ceph.com", ("csi-cephfsplugin-provisioner*", "*cephfs.csi.ceph.com-ctrlplugin*")),
    ("*.nfs.csi.ceph.com", ("csi-nfsplugin-provisioner*", "*nfs.csi.ceph.com-ctrlplugin*")),
    ("rancher.io/local-path", ("*local-path-provisioner*",)),
    ("driver.longhorn.io", ("csi-provisioner", "longhorn-csi-provisioner")),
    ("nfs.csi.k8s.io", ("csi-nfs-controller*",)),
    ("smb.csi.k8s.io", ("csi-smb-controller*",)),
    ("cluster.local/*nfs-subdir-external-provisioner", ("*nfs-subdir-external-provisioner*",)),
    ("openebs.io/local", ("*localpv-provisioner*",)),
    ("zfs.csi.openebs.io", ("*zfs-localpv-controller*", "*zfs-controller*")),
    ("local.csi.openebs.io", ("*lvm-localpv-controller*", "*lvm-controller*")),
    ("topolvm.io", ("*topolvm-controller*",)),
    ("linstor.csi.linbit.com", ("linstor-csi-controller*",)),
    ("csi.san.synology.com", ("synology-csi-controller*",)),
    ("csi.proxmox.sinextra.dev", ("*proxmox-csi-plugin-controller*",)),
    ("csi.hetzner.cloud", ("hcloud-csi-controller*",)),
    ("microk8s.io/hostpath", ("hostpath-provisioner*",)),
    ("org.democratic-csi.*", ("*democratic-csi-controller*",)),
)
"""Provisioners, and how the workloads that run them are called by their own manifests and charts; both are globs."""

_NAMES = "^(?:" + "|".join(re.escape(name).replace(r"\*", ".*") for _, names in KNOWN for name in names) + ")$"


def judge_provisioners(snapshot: Snapshot, thresholds: Thresholds) -> Judgement:
    """The workloads that make the volumes of each storage class, where it is known how they are called.

    Of several that look the same, one that is available is enough. Nothing is said where none is found: it may have
    another name, or run elsewhere.
    """
    classes = rows(snapshot[STORAGE_CLASSES].select(["name", "provisioner"]))
    found = list(workloads(snapshot, DEPLOYMENTS, STATEFUL_SETS, where=lambda table: matches(table["name"], _NAMES)))
    verdict = Verdict("provisioners", "storage", len(classes))
    by_provisioner: dict[str, list[str]] = {}
    for row in classes:
        if row["provisioner"]:
            by_provisioner.setdefault(row["provisioner"], []).append(row["name"])
    for provisioner, names in sorted(by_provisioner.items()):
        mine = [one for one in found if _runs(one, provisioner)]
        if mine and not any(_young(one, snapshot, thresholds) for one in mine):
            _judge(verdict, mine, f"{provisioner} ({', '.join(sorted(names))})")
    return verdict.judgement()


def _runs(workload: Workload, provisioner: str) -> bool:
    return any(
        fnmatchcase(workload.name, name) for known, names in KNOWN if fnmatchcase(provisioner, known) for name in names
    )


def _young(workload: Workload, snapshot: Snapshot, thresholds: Thresholds) -> bool:
    return age(snapshot.now, workload.created) <= thresholds.at(workload.kind, workload.row).rollout_grace


def _judge(verdict: Verdict, mine: list[Workload], what: str) -> None:
    best = max(mine, key=lambda one: one.available)
    if not best.available:
        there = f"none of {best.desired} pods is available" if best.desired else "it is scaled to zero"
        verdict.found(DOWN, best.kind, best.row, f"{there}; it makes the volumes of {what}", part=what)
    elif best.available < best.desired:
        there = f"{best.available} of {best.desired} pods are available"
        verdict.found(BEHIND, best.kind, best.row, f"{there}; it makes the volumes of {what}", part=what)


PROVISIONER_CHECKS = (
    Check(
        name="provisioners",
        domain="storage",
        title="provisioners",
        needs=(STORAGE_CLASSES, DEPLOYMENTS),
        optional=(STATEFUL_SETS,),
        codes=(DOWN, BEHIND),
        evaluate=judge_provisioners,
        whole_cluster=True,
    ),
)
