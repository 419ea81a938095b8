"""Names of API resources: what a check asks for, and what a server serves."""

from __future__ import annotations

import msgspec


class GroupResource(msgspec.Struct, frozen=True, order=True):
    """A resource type without its version, as a check names what it needs.

    ``str()`` gives kubectl's form: ``pods``, ``deployments.apps``.
    """

    group: str
    plural: str

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


class ServedResource(msgspec.Struct, frozen=True, order=True):
    """A resource type in the version that one server serves."""

    resource: GroupResource
    version: str
    kind: str
    namespaced: bool

    def path(self, namespace: str | None = None) -> str:
        """The URL path of the collection, cluster-wide or in one namespace."""
        group = self.resource.group
        root = f"/apis/{group}/{self.version}" if group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{root}{scope}/{self.resource.plural}"


NODES = GroupResource("", "nodes")
NAMESPACES = GroupResource("", "namespaces")
PODS = GroupResource("", "pods")
SERVICES = GroupResource("", "services")
ENDPOINTS = GroupResource("", "endpoints")
SECRETS = GroupResource("", "secrets")
EVENTS = GroupResource("", "events")
PERSISTENT_VOLUMES = GroupResource("", "persistentvolumes")
PERSISTENT_VOLUME_CLAIMS = GroupResource("", "persistentvolumeclaims")
DEPLOYMENTS = GroupResource("apps", "deployments")
DAEMON_SETS = GroupResource("apps", "daemonsets")
STATEFUL_SETS = GroupResource("apps", "statefulsets")
JOBS = GroupResource("batch", "jobs")
CRON_JOBS = GroupResource("batch", "cronjobs")
STORAGE_CLASSES = GroupResource("storage.k8s.io", "storageclasses")
ENDPOINT_SLICES = GroupResource("discovery.k8s.io", "endpointslices")
NODE_METRICS = GroupResource("metrics.k8s.io", "nodes")
INGRESS_CLASSES = GroupResource("networking.k8s.io", "ingressclasses")
INGRESSES = GroupResource("networking.k8s.io", "ingresses")
GATEWAYS = GroupResource("gateway.networking.k8s.io", "gateways")
HTTP_ROUTES = GroupResource("gateway.networking.k8s.io", "httproutes")
CERTIFICATES = GroupResource("cert-manager.io", "certificates")
CEPH_CLUSTERS = GroupResource("ceph.rook.io", "cephclusters")
CEPH_BLOCK_POOLS = GroupResource("ceph.rook.io", "cephblockpools")
CEPH_FILESYSTEMS = GroupResource("ceph.rook.io", "cephfilesystems")
CEPH_OBJECT_STORES = GroupResource("ceph.rook.io", "cephobjectstores")
GIT_REPOSITORIES = GroupResource("source.toolkit.fluxcd.io", "gitrepositories")
OCI_REPOSITORIES = GroupResource("source.toolkit.fluxcd.io", "ocirepositories")
HELM_REPOSITORIES = GroupResource("source.toolkit.fluxcd.io", "helmrepositories")
HELM_CHARTS = GroupResource("source.toolkit.fluxcd.io", "helmcharts")
BUCKETS = GroupResource("source.toolkit.fluxcd.io", "buckets")
KUSTOMIZATIONS = GroupResource("kustomize.toolkit.fluxcd.io", "kustomizations")
HELM_RELEASES = GroupResource("helm.toolkit.fluxcd.io", "helmreleases")

VOLUME_STATS = GroupResource("", "nodes/stats")
"""No resource of the API server: what the kubelets measure of the volumes that are mounted on their nodes."""

CORE = tuple(
    ServedResource(resource, "v1", kind, namespaced)
    for resource, kind, namespaced in (
        (NODES, "Node", False),
        (NAMESPACES, "Namespace", False),
        (PODS, "Pod", True),
        (SERVICES, "Service", True),
        (ENDPOINTS, "Endpoints", True),
        (SECRETS, "Secret", True),
        (PERSISTENT_VOLUMES, "PersistentVolume", False),
        (PERSISTENT_VOLUME_CLAIMS, "PersistentVolumeClaim", True),
    )
)
"""What every API server serves, so that nobody needs to ask whether it does."""

CLUSTER_SCOPED = frozenset({NODES, NAMESPACES, PERSISTENT_VOLUMES, STORAGE_CLASSES, NODE_METRICS, INGRESS_CLASSES})
"""Resources whose objects belong to no namespace."""

PREDECESSORS = {ENDPOINT_SLICES: ENDPOINTS}
"""Resources that older servers have under another name, and whose tables have the same columns."""

FIELD_SELECTORS = {SECRETS: "type=kubernetes.io/tls"}
"""Resources of which only a part is ever asked for."""
