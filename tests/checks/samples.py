"""One object of every resource with every field that homeperf reads, as servers write it."""

from __future__ import annotations

from homeperf_ray.checks.flux import FLUX_KINDS
from homeperf_ray.kube.resources import (
    CEPH_BLOCK_POOLS,
    CEPH_CLUSTERS,
    CEPH_FILESYSTEMS,
    CEPH_OBJECT_STORES,
    CERTIFICATES,
    CRON_JOBS,
    DAEMON_SETS,
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    ENDPOINTS,
    EVENTS,
    GATEWAYS,
    INGRESS_CLASSES,
    INGRESSES,
    JOBS,
    KUSTOMIZATIONS,
    NAMESPACES,
    NODE_METRICS,
    NODES,
    PERSISTENT_VOLUME_CLAIMS,
    PERSISTENT_VOLUMES,
    PODS,
    SECRETS,
    SERVICES,
    STATEFUL_SETS,
    STORAGE_CLASSES,
    VOLUME_STATS,
    GroupResource,
)
from tests.checks.judging import DAY, MINUTE, Object, condition
from tests.checks.pod_objects import container, pod, terminated, waiting
from tests.checks.test_ceph import cluster
from tests.checks.test_ceph_parts import part
from tests.checks.test_certificates import certificate
from tests.checks.test_claims import PLACED, claim, storage_class
from tests.checks.test_cluster_network import daemon_set, service
from tests.checks.test_control_plane import api, master
from tests.checks.test_endpoints import endpoint_slice, old_endpoints
from tests.checks.test_endpoints import service as selecting
from tests.checks.test_flux import flux
from tests.checks.test_flux_revisions import made_of, source
from tests.checks.test_gateways import gateway, listener_status, terminating
from tests.checks.test_ingress import ingress, ingress_class, workload
from tests.checks.test_jobs import GAVE_UP, cron_job, job
from tests.checks.test_namespaces import SAYS, namespace
from tests.checks.test_node_usage import metrics
from tests.checks.test_nodes import node
from tests.checks.test_stuck_volumes import event
from tests.checks.test_volume_use import bound, fault, stat
from tests.checks.test_volumes import volume
from tests.checks.test_workloads import deployment, stateful_set
from tests.checks.tls import issued, secret

_POD = pod(
    "full",
    container("a", waiting("CrashLoopBackOff", "back-off"), restartCount=3, lastState=terminated(137, "OOMKilled")),
    inits=(container("vpn"), container("migrate", terminated(0, "Completed"))),
    sidecars=("vpn",),
    deleted=MINUTE,
    scheduled=condition("PodScheduled", "False", reason="Unschedulable", message="0/3 nodes"),
    status={"reason": "NodeLost", "message": "Node is gone"},
)
_CONTROLLER = workload(args=["--controller-class=k8s.io/internal"], labels={"k8s-app": "kube-dns", "app": "x"})
_MASTER = master(1)
_MASTER["status"] |= {
    "allocatable": {"cpu": "4", "memory": "16Gi", "pods": "110"},
    "nodeInfo": {"kubeletVersion": "v1.29.0"},
}
_MASTER["metadata"]["annotations"] = {"csi.volume.kubernetes.io/nodeid": '{"a.csi": "x"}'}
_CEPH = cluster(
    "HEALTH_WARN",
    phase="Progressing",
    details={"OSD_DOWN": {"severity": "HEALTH_WARN", "message": "1 osds down"}},
    conditions=[condition("Progressing", "True")],
)

SAMPLES: dict[GroupResource, list[Object]] = {
    NODES: [node(cordoned=True, tainted=True, extra=[condition("NetworkUnavailable", "True")]), _MASTER],
    NODE_METRICS: [metrics("cp-1", cpu="3.9", memory="15.9Gi")],
    NAMESPACES: [namespace(ending=DAY, says=SAYS)],
    PODS: [_POD],
    SERVICES: [service(address="192.168.1.2"), selecting("web"), selecting("none", app="x")],
    ENDPOINT_SLICES: [endpoint_slice("web", True, False, None), api(1, 2)],
    ENDPOINTS: [old_endpoints((["10.42.0.1"], ["10.42.0.2"]))],
    PERSISTENT_VOLUMES: [
        volume(phase="Failed", why={"reason": "VolumeFailedDelete", "message": "rpc error"}),
        volume("kept", "Released", policy="Retain", since=90 * DAY),
        volume("stuck", ending=DAY),
    ],
    PERSISTENT_VOLUME_CLAIMS: [
        claim("waits", "Pending", "local-path", age=DAY, **PLACED),
        claim("stuck", ending=DAY, finalizers=["kubernetes.io/pvc-protection"]),
        bound("full"),
    ],
    EVENTS: [event("FailedAttachVolume", "Multi-Attach error for volume", name="full")],
    VOLUME_STATS: [stat("full", 0.95, inodes=0.99), fault("worker-2", hint="kubectl describe node worker-2")],
    DEPLOYMENTS: [deployment(desired=3, available=1, paused=False), _CONTROLLER],
    STATEFUL_SETS: [stateful_set(ready=1)],
    DAEMON_SETS: [daemon_set(available=1), _CONTROLLER],
    JOBS: [job("x", GAVE_UP, cron="backup", failed=2), job("y", active=1, age=9 * DAY, suspend=False)],
    CRON_JOBS: [
        cron_job(good=2 * DAY, active=1),
        cron_job("m", last=9 * DAY, timeZone="UTC", concurrencyPolicy="Forbid"),
    ],
    STORAGE_CLASSES: [storage_class(), storage_class("old", beta=True)],
    INGRESS_CLASSES: [ingress_class(default=True)],
    INGRESSES: [ingress(address=True), ingress("old", "", legacy="nginx")],
    CEPH_CLUSTERS: [_CEPH],
    CEPH_BLOCK_POOLS: [part("Failure")],
    CEPH_FILESYSTEMS: [part("Progressing")],
    CEPH_OBJECT_STORES: [part()],
    GATEWAYS: [gateway(listeners=[listener_status(ResolvedRefs="False")], tls=[terminating(namespace="media")])],
    CERTIFICATES: [certificate(left=9.0, ready="False", failures=2)],
    SECRETS: [secret(managed=True), secret("bad-tls", issued("web.home.arpa", self_signed=True))],
    **{kind.resource: [flux(ready="False", stalled=True, suspend=False, type="oci"), source()] for kind in FLUX_KINDS},
    KUSTOMIZATIONS: [flux(ready="False"), made_of(namespace="flux-system")],
}
