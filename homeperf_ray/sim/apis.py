"""Which resource types a server of some version serves, and under which API versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

EVERY = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
ONE_BY_ONE = tuple(verb for verb in EVERY if verb != "deletecollection")

_WITHOUT_STATUS = frozenset(
    {
        "configmaps",
        "csidrivers.storage.k8s.io",
        "endpoints",
        "endpointslices.discovery.k8s.io",
        "events",
        "clusterrolebindings.rbac.authorization.k8s.io",
        "clusterroles.rbac.authorization.k8s.io",
        "controllerrevisions.apps",
        "csinodes.storage.k8s.io",
        "ingressclasses.networking.k8s.io",
        "leases.coordination.k8s.io",
        "limitranges",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "networkpolicies.networking.k8s.io",
        "podtemplates",
        "priorityclasses.scheduling.k8s.io",
        "rolebindings.rbac.authorization.k8s.io",
        "roles.rbac.authorization.k8s.io",
        "runtimeclasses.node.k8s.io",
        "secrets",
        "serviceaccounts",
        "storageclasses.storage.k8s.io",
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
    }
)

_GENERATIONS = frozenset({"apps", "batch", "networking.k8s.io", "policy"})


@dataclass(frozen=True)
class Kind:
    """A resource type. ``versions`` are (version, first minor, last minor), the preferred one first.

    ``custom`` marks what a CustomResourceDefinition defines; ``columns`` are its printer columns as (name, type,
    JSON path, priority).
    """

    group: str
    plural: str
    kind: str
    versions: tuple[tuple[str, int, int], ...]
    namespaced: bool = True
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = EVERY
    custom: bool = False
    columns: tuple[tuple[str, str, str, int], ...] = ()

    @property
    def resource(self) -> str:
        """``pods``, ``deployments.apps``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def has_status(self) -> bool:
        """Whether ``status`` is written apart, at a subresource."""
        return "patch" in self.verbs and self.resource not in _WITHOUT_STATUS

    @property
    def generations(self) -> bool:
        """Whether ``metadata.generation`` counts the changes of the ``spec``."""
        return self.custom or self.group in _GENERATIONS


@dataclass(frozen=True)
class Served:
    """A resource type in one API version that a server serves."""

    kind: Kind
    version: str

    @property
    def api_version(self) -> str:
        """``v1``, ``apps/v1``."""
        return f"{self.kind.group}/{self.version}" if self.kind.group else self.version


def _always(*versions: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((version, 0, 99) for version in versions)


def _builtin(
    group: str,
    plural: str,
    kind: str,
    *,
    versions: tuple[tuple[str, int, int], ...] = (),
    namespaced: bool = True,
    short: str = "",
    everything: bool = False,
    verbs: tuple[str, ...] = EVERY,
) -> Kind:
    return Kind(
        group,
        plural,
        kind,
        versions or _always("v1"),
        namespaced,
        tuple(short.split()),
        ("all",) if everything else (),
        verbs,
    )


_FLUX = (("Age", "date", ".metadata.creationTimestamp", 0), ("Ready", "string", "Ready.status", 0))
_FLUX_STATUS = ("Status", "string", "Ready.message", 0)
_FLUX_URL = ("URL", "string", ".spec.url", 0)


def _flux(group: str, plural: str, kind: str, short: str, new: str, old: str, *, url: bool = False) -> Kind:
    columns = (*((_FLUX_URL,) if url else ()), *_FLUX, _FLUX_STATUS)
    versions = ((new, 25, 99), (old, 0, 99))
    return Kind(
        f"{group}.toolkit.fluxcd.io", plural, kind, versions, True, tuple(short.split()), (), EVERY, True, columns
    )


def _ceph(plural: str, kind: str, column: tuple[str, str, str, int]) -> Kind:
    phase, age = ("Phase", "string", ".status.phase", 0), ("Age", "date", ".metadata.creationTimestamp", 0)
    columns = (phase, column, age)
    return Kind("ceph.rook.io", plural, kind, _always("v1"), custom=True, columns=columns)


_FLOW = (("v1", 29, 99), ("v1beta3", 26, 31), ("v1beta2", 23, 28), ("v1beta1", 20, 25))

KINDS: tuple[Kind, ...] = (
    _builtin("", "configmaps", "ConfigMap", short="cm"),
    _builtin("", "endpoints", "Endpoints", short="ep"),
    _builtin("", "events", "Event", short="ev"),
    _builtin("", "limitranges", "LimitRange", short="limits"),
    _builtin("", "namespaces", "Namespace", namespaced=False, short="ns", verbs=ONE_BY_ONE),
    _builtin("", "nodes", "Node", namespaced=False, short="no"),
    _builtin("", "persistentvolumeclaims", "PersistentVolumeClaim", short="pvc"),
    _builtin("", "persistentvolumes", "PersistentVolume", namespaced=False, short="pv"),
    _builtin("", "pods", "Pod", short="po", everything=True),
    _builtin("", "podtemplates", "PodTemplate"),
    _builtin("", "replicationcontrollers", "ReplicationController", short="rc", everything=True),
    _builtin("", "resourcequotas", "ResourceQuota", short="quota"),
    _builtin("", "secrets", "Secret"),
    _builtin("", "serviceaccounts", "ServiceAccount", short="sa"),
    _builtin("", "services", "Service", short="svc", everything=True, verbs=ONE_BY_ONE),
    *(
        _builtin("admissionregistration.k8s.io", f"{kind.lower()}s", kind, namespaced=False)
        for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
    ),
    _builtin("apiregistration.k8s.io", "apiservices", "APIService", namespaced=False),
    _builtin("apps", "controllerrevisions", "ControllerRevision"),
    _builtin("apps", "daemonsets", "DaemonSet", short="ds", everything=True),
    _builtin("apps", "deployments", "Deployment", short="deploy", everything=True),
    _builtin("apps", "replicasets", "ReplicaSet", short="rs", everything=True),
    _builtin("apps", "statefulsets", "StatefulSet", short="sts", everything=True),
    _builtin(
        "authentication.k8s.io",
        "selfsubjectreviews",
        "SelfSubjectReview",
        versions=(("v1", 28, 99),),
        namespaced=False,
        verbs=("create",),
    ),
    _builtin(
        "authorization.k8s.io",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        namespaced=False,
        verbs=("create",),
    ),
    _builtin(
        "authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview", namespaced=False, verbs=("create",)
    ),
    _builtin(
        "autoscaling",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        versions=(("v2", 23, 99), ("v1", 0, 99)),
        short="hpa",
        everything=True,
    ),
    _builtin(
        "batch",
        "cronjobs",
        "CronJob",
        versions=(("v1", 21, 99), ("v1beta1", 0, 24)),
        short="cj",
        everything=True,
    ),
    _builtin("batch", "jobs", "Job", everything=True),
    _builtin(
        "certificates.k8s.io", "certificatesigningrequests", "CertificateSigningRequest", namespaced=False, short="csr"
    ),
    _builtin("coordination.k8s.io", "leases", "Lease"),
    _builtin("flowcontrol.apiserver.k8s.io", "flowschemas", "FlowSchema", versions=_FLOW, namespaced=False),
    _builtin(
        "flowcontrol.apiserver.k8s.io",
        "prioritylevelconfigurations",
        "PriorityLevelConfiguration",
        versions=_FLOW,
        namespaced=False,
    ),
    _builtin("networking.k8s.io", "ingressclasses", "IngressClass", namespaced=False),
    _builtin("networking.k8s.io", "ingresses", "Ingress", short="ing"),
    _builtin("networking.k8s.io", "networkpolicies", "NetworkPolicy", short="netpol"),
    _builtin("node.k8s.io", "runtimeclasses", "RuntimeClass", namespaced=False),
    _builtin(
        "policy",
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        versions=(("v1", 21, 99), ("v1beta1", 0, 24)),
        short="pdb",
    ),
    *(
        _builtin("rbac.authorization.k8s.io", f"{kind.lower()}s", kind, namespaced=not kind.startswith("Cluster"))
        for kind in ("ClusterRoleBinding", "ClusterRole", "RoleBinding", "Role")
    ),
    _builtin("scheduling.k8s.io", "priorityclasses", "PriorityClass", namespaced=False, short="pc"),
    _builtin("storage.k8s.io", "csidrivers", "CSIDriver", namespaced=False),
    _builtin("storage.k8s.io", "csinodes", "CSINode", namespaced=False),
    _builtin("storage.k8s.io", "storageclasses", "StorageClass", namespaced=False, short="sc"),
    _builtin("storage.k8s.io", "volumeattachments", "VolumeAttachment", namespaced=False),
    _builtin(
        "apiextensions.k8s.io",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        namespaced=False,
        short="crd crds",
    ),
    _builtin("discovery.k8s.io", "endpointslices", "EndpointSlice", versions=(("v1", 21, 99), ("v1beta1", 0, 24))),
    _ceph("cephblockpools", "CephBlockPool", ("Type", "string", ".status.info.type", 0)),
    Kind(
        "ceph.rook.io",
        "cephclusters",
        "CephCluster",
        _always("v1"),
        short=("ceph",),
        custom=True,
        columns=(
            ("DataDirHostPath", "string", ".spec.dataDirHostPath", 0),
            ("MonCount", "string", ".spec.mon.count", 0),
            ("Age", "date", ".metadata.creationTimestamp", 0),
            ("Phase", "string", ".status.phase", 0),
            ("Message", "string", ".status.message", 0),
            ("Health", "string", ".status.ceph.health", 0),
            ("FSID", "string", ".status.ceph.fsid", 0),
        ),
    ),
    _ceph("cephfilesystems", "CephFilesystem", ("ActiveMDS", "string", ".spec.metadataServer.activeCount", 0)),
    _ceph("cephobjectstores", "CephObjectStore", ("Endpoint", "string", ".status.info.endpoint", 0)),
    Kind(
        "cert-manager.io",
        "certificates",
        "Certificate",
        _always("v1"),
        short=("cert", "certs"),
        categories=("cert-manager",),
        custom=True,
        columns=(
            ("Ready", "string", "Ready.status", 0),
            ("Secret", "string", ".spec.secretName", 0),
            ("Age", "date", ".metadata.creationTimestamp", 0),
            ("Issuer", "string", ".spec.issuerRef.name", 1),
            ("Status", "string", "Ready.message", 1),
        ),
    ),
    Kind(
        "gateway.networking.k8s.io",
        "gateways",
        "Gateway",
        (("v1", 25, 99), ("v1beta1", 0, 99)),
        short=("gtw",),
        categories=("gateway-api",),
        custom=True,
        columns=(
            ("Class", "string", ".spec.gatewayClassName", 0),
            ("Programmed", "string", "Programmed.status", 0),
            ("Age", "date", ".metadata.creationTimestamp", 0),
        ),
    ),
    Kind(
        "gateway.networking.k8s.io",
        "httproutes",
        "HTTPRoute",
        (("v1", 25, 99), ("v1beta1", 0, 99)),
        categories=("gateway-api",),
        custom=True,
        columns=(
            ("Hostnames", "string", ".spec.hostnames", 0),
            ("Age", "date", ".metadata.creationTimestamp", 0),
        ),
    ),
    _flux("helm", "helmreleases", "HelmRelease", "hr", "v2", "v2beta1"),
    _flux("kustomize", "kustomizations", "Kustomization", "ks", "v1", "v1beta2"),
    _flux("source", "buckets", "Bucket", "", "v1", "v1beta2"),
    _flux("source", "gitrepositories", "GitRepository", "gitrepo", "v1", "v1beta2", url=True),
    _flux("source", "helmcharts", "HelmChart", "hc", "v1", "v1beta2"),
    _flux("source", "helmrepositories", "HelmRepository", "helmrepo", "v1", "v1beta2", url=True),
    _flux("source", "ocirepositories", "OCIRepository", "ocirepo", "v1", "v1beta2", url=True),
    Kind("metrics.k8s.io", "nodes", "NodeMetrics", _always("v1beta1"), namespaced=False, verbs=("get", "list")),
    Kind("metrics.k8s.io", "pods", "PodMetrics", _always("v1beta1"), verbs=("get", "list")),
)

_PARTS = {
    "ceph.rook.io": "ceph",
    "cert-manager.io": "certificates",
    "gateway.networking.k8s.io": "gateway",
    "metrics.k8s.io": "metrics",
}


def _part(group: str) -> str:
    return "flux" if group.endswith(".toolkit.fluxcd.io") else _PARTS.get(group, "")


class Apis:
    """What one server serves: of ``kinds`` those that Kubernetes 1.``minor`` has, ``without`` some parts."""

    def __init__(self, minor: int, without: Iterable[str] = (), kinds: Iterable[Kind] = KINDS) -> None:
        missing = set(without)
        self.minor = minor
        self._served: dict[tuple[str, str, str], Served] = {}
        self._versions: dict[str, list[str]] = {}
        for kind in kinds:
            if _part(kind.group) in missing:
                continue
            for version, first, last in kind.versions:
                if first <= minor <= last:
                    self._served[kind.group, version, kind.plural] = Served(kind, version)
                    listed = self._versions.setdefault(kind.group, [])
                    if version not in listed:
                        listed.append(version)

        for listed in self._versions.values():
            listed.sort(key=lambda version: "alpha" in version or "beta" in version)

    @property
    def groups(self) -> dict[str, list[str]]:
        """API groups with their versions, the preferred one first; the core group is ``""``."""
        return self._versions

    def find(self, group: str, version: str, plural: str) -> Served | None:
        return self._served.get((group, version, plural))

    def in_version(self, group: str, version: str) -> list[Served]:
        """The resource types of one group version."""
        return [served for (of, at, _), served in self._served.items() if (of, at) == (group, version)]

    def kinds(self) -> list[Kind]:
        """Each served resource type once."""
        return list(dict.fromkeys(served.kind for served in self._served.values()))
