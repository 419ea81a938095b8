"""A whole homelab: so many namespaces, pods and claims, and what is sick among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.apiserver.content.certificates import certificates
from tests.apiserver.content.flux import flux
from tests.apiserver.content.gateways import gateways
from tests.apiserver.content.made import OLD, Made, make
from tests.apiserver.content.network import cluster_network, ingresses, services
from tests.apiserver.content.nodes import node_metrics, nodes
from tests.apiserver.content.odd_pods import odd_pods
from tests.apiserver.content.pods import healthy_pods
from tests.apiserver.content.storage import ODD_CLAIMS, ceph, claims, classes, provisioners
from tests.apiserver.content.tls import tls_secrets
from tests.apiserver.content.workloads import workloads
from tests.apiserver.users import LIMITED, VISITOR

FROM_THE_SERVER = ("default", "kube-node-lease", "kube-public", "kube-system")
SYSTEM = ("flux-system", "rook-ceph", "ingress", "cert-manager")
OPEN = ("media", "home-automation")
"""Namespaces in which the limited user may list pods and claims."""
APPS = (*OPEN, "monitoring", "photos", "documents", "backup", "dns", "games", "git", "chat", "databases", "auth")
LEAVING = "leaving"
"""A namespace that was deleted long ago."""
LEAST_NAMESPACES = len((*FROM_THE_SERVER, *SYSTEM, *OPEN, LEAVING))


@dataclass(frozen=True)
class Size:
    """How many there are in all, what the server brings itself included. ``broken`` breaks DNS, CNI and classes."""

    namespaces: int = 30
    pods: int = 300
    pvcs: int = 40
    broken: bool = False

    @property
    def apps(self) -> list[str]:
        """The namespaces in which people's own things run."""
        wanted = self.namespaces - len(FROM_THE_SERVER) - len(SYSTEM) - 1
        return [*APPS, *(f"lab-{number}" for number in range(wanted))][:wanted]


def homelab_namespaces(size: Size) -> Iterator[Made]:
    for name in (*FROM_THE_SERVER, *SYSTEM, *size.apps):
        yield make("v1", "namespaces", "Namespace", name)


def leaving() -> Made:
    """Nobody finishes it: that is the controller manager's work."""
    return make("v1", "namespaces", "Namespace", LEAVING, ending=OLD, codes=("HP241",))


def homelab(size: Size, *, versions: Mapping[str, str], minor: int, pem: tuple[bytes, bytes]) -> Iterator[Made]:
    """Everything but the namespaces; ``versions`` are those in which the server has what was once beta.

    Raises ValueError where there is no room for all that is odd.
    """
    odd = list(odd_pods(list(OPEN)))
    if size.namespaces < LEAST_NAMESPACES or size.pods < len(odd) or size.pvcs < ODD_CLAIMS:
        raise ValueError(f"at least {LEAST_NAMESPACES} namespaces, {len(odd)} pods and {ODD_CLAIMS} claims are needed")
    yield from nodes(minor)
    yield leaving()
    yield from node_metrics()
    yield from provisioners("rook-ceph")
    yield from odd
    yield from healthy_pods([*size.apps, *SYSTEM], size.pods - len(odd))
    yield from workloads(size.apps, versions["cronjobs"])
    yield from classes(defaults=2 if size.broken else 1)
    yield from claims(size.apps, size.pvcs)
    yield from ceph("rook-ceph")
    yield from cluster_network(broken=size.broken)
    yield from ingresses(size.apps, "ingress")
    yield from services(size.apps, versions["endpointslices"], masters=1 if size.broken else 2)
    yield from tls_secrets(size.apps[0])
    yield from flux("flux-system")
    yield from gateways(size.apps[0])
    yield from certificates(size.apps[:4], pem)
    yield from _limited()


def _limited() -> Iterator[Made]:
    api = "rbac.authorization.k8s.io/v1"
    for name in OPEN:
        rules = [{"apiGroups": [""], "resources": ["pods", "persistentvolumeclaims"], "verbs": ["list"]}]
        yield make(api, "roles", "Role", LIMITED, name, body={"rules": rules})
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": LIMITED}
        users = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": who} for who in (LIMITED, VISITOR)]
        yield make(api, "rolebindings", "RoleBinding", LIMITED, name, body={"roleRef": role, "subjects": users})
    rules = [{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]}]
    yield make(api, "clusterroles", "ClusterRole", VISITOR, body={"rules": rules})
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": VISITOR}
    users = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": VISITOR}]
    yield make(api, "clusterrolebindings", "ClusterRoleBinding", VISITOR, body={"roleRef": role, "subjects": users})
