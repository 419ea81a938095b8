"""Permissive definitions of what homelabs install: Flux, Rook, cert-manager, Gateways, metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import NamedTuple

from tests.apiserver.api import Api
from tests.apiserver.content.made import Made, make

PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ESTABLISH_SECONDS = 60


class Definition(NamedTuple):
    """One kind of custom resource. The last of the versions is the one that is stored."""

    group: str
    plural: str
    kind: str
    versions: tuple[str, ...] = ("v1",)
    scope: str = "Namespaced"

    @property
    def api(self) -> str:
        """Group and stored version."""
        return f"{self.group}/{self.versions[-1]}"


_SOURCE = "source.toolkit.fluxcd.io"
GIT_REPOSITORY = Definition(_SOURCE, "gitrepositories", "GitRepository", ("v1beta2", "v1"))
OCI_REPOSITORY = Definition(_SOURCE, "ocirepositories", "OCIRepository", ("v1beta2",))
HELM_REPOSITORY = Definition(_SOURCE, "helmrepositories", "HelmRepository")
HELM_CHART = Definition(_SOURCE, "helmcharts", "HelmChart")
BUCKET = Definition(_SOURCE, "buckets", "Bucket", ("v1beta2",))
KUSTOMIZATION = Definition("kustomize.toolkit.fluxcd.io", "kustomizations", "Kustomization")
HELM_RELEASE = Definition("helm.toolkit.fluxcd.io", "helmreleases", "HelmRelease", ("v2beta2", "v2"))
FLUX = (GIT_REPOSITORY, OCI_REPOSITORY, HELM_REPOSITORY, HELM_CHART, BUCKET, KUSTOMIZATION, HELM_RELEASE)
"""As Flux 2.4 has them: two of the sources only in a version that is not the one which their group prefers."""

CEPH_CLUSTER = Definition("ceph.rook.io", "cephclusters", "CephCluster")
CEPH_BLOCK_POOL = Definition("ceph.rook.io", "cephblockpools", "CephBlockPool")
CEPH_FILESYSTEM = Definition("ceph.rook.io", "cephfilesystems", "CephFilesystem")
CEPH_OBJECT_STORE = Definition("ceph.rook.io", "cephobjectstores", "CephObjectStore")
ROOK = (CEPH_CLUSTER, CEPH_BLOCK_POOL, CEPH_FILESYSTEM, CEPH_OBJECT_STORE)

CERTIFICATE = Definition("cert-manager.io", "certificates", "Certificate")
ISSUER = Definition("cert-manager.io", "issuers", "Issuer")
CLUSTER_ISSUER = Definition("cert-manager.io", "clusterissuers", "ClusterIssuer", scope="Cluster")
CERT_MANAGER = (CERTIFICATE, ISSUER, CLUSTER_ISSUER)

GATEWAY = Definition("gateway.networking.k8s.io", "gateways", "Gateway")
NODE_METRICS = Definition("metrics.k8s.io", "nodes", "NodeMetrics", ("v1beta1",), scope="Cluster")
"""Served by metrics-server through the aggregation layer; to a reader it makes no difference who answers."""

DEFINITIONS = (*FLUX, *ROOK, *CERT_MANAGER, GATEWAY, NODE_METRICS)

APPROVAL = {"api-approved.kubernetes.io": "unapproved, for tests only"}
"""Without it no definition of a group that belongs to Kubernetes is taken."""


async def install(api: Api) -> None:
    """Define them all and wait until each is served. Raises AssertionError, with its name, for one that is not."""
    await asyncio.gather(*(api.create(_definition(each)) for each in DEFINITIONS))
    deadline = time.monotonic() + ESTABLISH_SECONDS
    while True:
        waiting = [*await _unestablished(api), *await unserved(api, DEFINITIONS)]
        if not waiting:
            return
        assert time.monotonic() < deadline, f"the server does not serve {', '.join(dict.fromkeys(waiting))}"
        await asyncio.sleep(0.1)


async def unserved(api: Api, definitions: Iterable[Definition]) -> list[str]:
    """What discovery does not list, in any of the versions that it should have."""
    missing = []
    for each in definitions:
        for version in each.versions:
            listed = (await api.find(f"/apis/{each.group}/{version}")).get("resources", [])
            if each.plural not in {resource["name"] for resource in listed if "list" in resource["verbs"]}:
                missing.append(f"{each.plural}.{version}.{each.group}")
    return missing


async def _unestablished(api: Api) -> list[str]:
    return [
        definition["metadata"]["name"]
        for definition in (await api.find(PATH))["items"]
        if ("Established", "True")
        not in {(found["type"], found["status"]) for found in definition.get("status", {}).get("conditions") or ()}
    ]


def _definition(each: Definition) -> Made:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    versions = [
        {
            "name": version,
            "served": True,
            "storage": version == each.versions[-1],
            "subresources": {"status": {}},
            "schema": schema,
        }
        for version in each.versions
    ]
    names = {"plural": each.plural, "singular": each.kind.lower(), "kind": each.kind, "listKind": f"{each.kind}List"}
    spec = {"group": each.group, "scope": each.scope, "versions": versions, "names": names}
    return make("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition",
                f"{each.plural}.{each.group}", metadata={"annotations": APPROVAL}, body={"spec": spec})  # fmt: skip
