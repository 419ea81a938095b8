"""Nodes, what metrics-server measured of them, and namespaces."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta, Time


class NodeLabels(
    Model,
    rename={
        "control_plane": "node-role.kubernetes.io/control-plane",
        "master": "node-role.kubernetes.io/master",
        "etcd": "node-role.kubernetes.io/etcd",
    },
):
    """The labels of a node of the control plane, the second that of old clusters; their value means nothing.

    ``etcd`` is set by k3s and RKE2 only, on the nodes that run a member of it.
    """

    control_plane: str | None = None
    master: str | None = None
    etcd: str | None = None


class NodeAnnotations(Model, rename={"csi_node_ids": "csi.volume.kubernetes.io/nodeid"}):
    """``csi_node_ids`` is JSON: the kubelet's record of the CSI drivers that registered with it, by name."""

    csi_node_ids: str | None = None


class NodeMeta(ObjectMeta):
    labels: NodeLabels | None = None
    annotations: NodeAnnotations | None = None


class Taint(Model):
    key: str | None = None
    effect: str | None = None


class NodeSpec(Model):
    unschedulable: bool | None = None
    taints: list[Taint] | None = None


class Resources(Model):
    cpu: str | None = None
    memory: str | None = None
    pods: str | None = None


class NodeAddress(Model):
    type: str | None = None
    address: str | None = None


class NodeInfo(Model):
    kubelet_version: str | None = None


class KubeletEndpoint(Model, rename={"port": "Port"}):
    """The one field of the API that begins with a capital."""

    port: int | None = None


class DaemonEndpoints(Model):
    kubelet_endpoint: KubeletEndpoint | None = None


class NodeStatus(Model):
    conditions: list[Condition] | None = None
    allocatable: Resources | None = None
    addresses: list[NodeAddress] | None = None
    node_info: NodeInfo | None = None
    daemon_endpoints: DaemonEndpoints | None = None


class Node(Model):
    metadata: NodeMeta
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


class NodeMetrics(Model):
    """``usage`` is the mean over a window that ended at ``timestamp``; memory is the working set."""

    metadata: ObjectMeta
    timestamp: Time = None
    usage: Resources | None = None


class NamespaceStatus(Model):
    phase: str | None = None
    conditions: list[Condition] | None = None


class Namespace(Model):
    metadata: ObjectMeta
    status: NamespaceStatus | None = None
