"""What Rook keeps of Ceph: its cluster, pools, filesystems and object stores."""

from __future__ import annotations

from homeperf_ray.sim.content.world import DAY, HOUR, MINUTE, Object, World

_TERABYTE = 1_000_000_000_000


def cluster(world: World) -> Object:
    """One cluster, in HEALTH_WARN with details where the homelab is not healthy."""
    total = 6 * _TERABYTE
    used = int(total * (0.42 if world.healthy else 0.78))
    ceph: Object = {
        "health": "HEALTH_OK" if world.healthy else "HEALTH_WARN",
        "lastChanged": world.stamp(5 * DAY if world.healthy else 90 * MINUTE),
        "lastChecked": world.stamp(25),
        "previousHealth": "HEALTH_WARN" if world.healthy else "HEALTH_OK",
        "capacity": {
            "bytesTotal": total,
            "bytesUsed": used,
            "bytesAvailable": total - used,
            "lastUpdated": world.stamp(25),
        },
        "fsid": world.uid(),
        "versions": {
            daemon: {"ceph version 19.2.2 (0eceb0defba60152a8182f7bd87d164b639885b8) squid (stable)": count}
            for daemon, count in (("mon", 3), ("mgr", 1), ("osd", 3), ("overall", 7))
        },
    }
    if not world.healthy:
        ceph["details"] = {
            "OSD_NEARFULL": {"message": "1 nearfull osd(s)", "severity": "HEALTH_WARN"},
            "PG_NOT_DEEP_SCRUBBED": {"message": "7 pgs not deep-scrubbed in time", "severity": "HEALTH_WARN"},
        }
    ready = world.condition("Ready", True, "ClusterCreated", "Cluster created successfully", 200 * DAY)
    return {
        "metadata": world.metadata(
            "rook-ceph", "rook-ceph", age=300 * DAY, labels={"app.kubernetes.io/managed-by": "Helm"}, generation=4
        ),
        "spec": {
            "cephVersion": {"image": "quay.io/ceph/ceph:v19.2.2"},
            "dataDirHostPath": "/var/lib/rook",
            "mon": {"count": 3},
            "mgr": {"count": 1},
            "storage": {"useAllNodes": True, "useAllDevices": False, "deviceFilter": "^nvme1n1"},
        },
        "status": {
            "phase": "Ready",
            "state": "Created",
            "message": "Cluster created successfully",
            "observedGeneration": 4,
            "ceph": ceph,
            "conditions": [ready],
            "storage": {"deviceClasses": [{"name": "nvme"}], "osd": {"storeType": {"bluestore": 3}}},
            "version": {"image": "quay.io/ceph/ceph:v19.2.2", "version": "19.2.2-0"},
        },
    }


def parts(world: World) -> dict[str, list[Object]]:
    """What is in the cluster: in a homelab that is not healthy a pool has failed and the object store never came up."""
    sick = not world.healthy
    replicated = {"failureDomain": "host", "replicated": {"size": 3, "requireSafeReplicaSize": True}}
    pools = [_part(world, "ceph-blockpool", dict(replicated), "Ready")]
    if sick:
        size = 'failed to create pool "scratch": failed to configure pool: invalid replica size 0'
        pools.append(_part(world, "scratch", {"failureDomain": "host"}, "Failure", "ReconcileFailed", size))
    filesystem = {
        "metadataPool": {"replicated": {"size": 3}},
        "dataPools": [{"name": "data0", **replicated}],
        "metadataServer": {"activeCount": 1, "activeStandby": True},
    }
    store = {"metadataPool": dict(replicated), "dataPool": dict(replicated), "gateway": {"port": 80, "instances": 1}}
    return {
        "cephblockpools.ceph.rook.io": pools,
        "cephfilesystems.ceph.rook.io": [_part(world, "ceph-filesystem", filesystem, "Ready")],
        "cephobjectstores.ceph.rook.io": [
            _part(world, "ceph-objectstore", store, "Progressing" if sick else "Ready", "Progressing" if sick else "")
        ],
    }


def _part(world: World, name: str, spec: Object, phase: str, reason: str = "", message: str = "") -> Object:
    ready = phase == "Ready"
    told = world.condition(
        "Ready" if ready else phase, True, reason or "ReconcileSucceeded", message, DAY if ready else 5 * HOUR
    )
    status: Object = {"phase": phase, "observedGeneration": 2, "conditions": [told]}
    return {
        "metadata": world.metadata(name, "rook-ceph", age=200 * DAY, generation=2),
        "spec": spec,
        "status": status,
    }
