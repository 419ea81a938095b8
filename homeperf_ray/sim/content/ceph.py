"""The CephCluster that Rook keeps."""

from __future__ import annotations

from homeperf_ray.sim.content.world import DAY, MINUTE, Object, World

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
