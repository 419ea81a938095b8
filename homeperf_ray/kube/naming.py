"""What a resource type may be called: plural, singular, kind, short name, with or without its group."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from homeperf_ray.kube.resources import GroupResource, ServedResource


class Named(msgspec.Struct, frozen=True):
    """A resource type that can be listed, with all of its names in lower case."""

    served: ServedResource
    singular: str = ""
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    def answers_to(self, name: str) -> bool:
        """Whether ``name`` (lower case, without a group) is one of its names."""
        kind = self.served.kind.lower()
        return name in {self.served.resource.plural, self.singular or kind, kind, *self.short}

    def matches(self, word: str) -> bool:
        """Whether ``word`` means it, as kubectl reads words: ``po``, ``deployments.apps``, ``deployments.v1.apps``."""
        name, _, rest = word.lower().partition(".")
        if not self.answers_to(name):
            return False
        group, version = self.served.resource.group, self.served.version
        return rest in {"", group, f"{version}.{group}" if group else version}


def _always(group: str, version: str, *rows: tuple[str, str, bool, str]) -> Iterable[Named]:
    for plural, kind, namespaced, short in rows:
        served = ServedResource(GroupResource(group, plural), version, kind, namespaced)
        yield Named(served, kind.lower(), tuple(short.split()))


ALWAYS = (
    *_always(
        "",
        "v1",
        ("pods", "Pod", True, "po"),
        ("services", "Service", True, "svc"),
        ("nodes", "Node", False, "no"),
        ("namespaces", "Namespace", False, "ns"),
        ("configmaps", "ConfigMap", True, "cm"),
        ("secrets", "Secret", True, ""),
        ("persistentvolumes", "PersistentVolume", False, "pv"),
        ("persistentvolumeclaims", "PersistentVolumeClaim", True, "pvc"),
        ("endpoints", "Endpoints", True, "ep"),
        ("serviceaccounts", "ServiceAccount", True, "sa"),
        ("resourcequotas", "ResourceQuota", True, "quota"),
        ("limitranges", "LimitRange", True, "limits"),
        ("replicationcontrollers", "ReplicationController", True, "rc"),
    ),
    *_always(
        "apps",
        "v1",
        ("deployments", "Deployment", True, "deploy"),
        ("daemonsets", "DaemonSet", True, "ds"),
        ("statefulsets", "StatefulSet", True, "sts"),
        ("replicasets", "ReplicaSet", True, "rs"),
    ),
    *_always("batch", "v1", ("jobs", "Job", True, "")),
    *_always(
        "networking.k8s.io",
        "v1",
        ("ingresses", "Ingress", True, "ing"),
        ("ingressclasses", "IngressClass", False, ""),
        ("networkpolicies", "NetworkPolicy", True, "netpol"),
    ),
    *_always("storage.k8s.io", "v1", ("storageclasses", "StorageClass", False, "sc")),
    *_always(
        "rbac.authorization.k8s.io",
        "v1",
        ("roles", "Role", True, ""),
        ("rolebindings", "RoleBinding", True, ""),
        ("clusterroles", "ClusterRole", False, ""),
        ("clusterrolebindings", "ClusterRoleBinding", False, ""),
    ),
)
"""What every server since 1.20 serves under these names, before anything else that has them: nobody needs to ask."""


def meant(word: str, among: Iterable[Named]) -> list[Named]:
    """The resource types that ``word`` may mean, the first being the one that kubectl would take."""
    return [named for named in among if named.matches(word)]


def in_category(word: str, among: Iterable[Named]) -> list[Named]:
    """The resource types of a category such as ``all``."""
    return [named for named in among if word.lower() in named.categories]
