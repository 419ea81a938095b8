"""Decoding: one page of a LIST into one record batch."""

from __future__ import annotations

import re

import msgspec
import pyarrow as pa

from homeperf_ray.kube.columns.certificates import CERTIFICATE, TLS_SECRET
from homeperf_ray.kube.columns.cluster import NAMESPACE, NODE, NODE_METRIC
from homeperf_ray.kube.columns.endpoints import ENDPOINT, ENDPOINT_SLICE
from homeperf_ray.kube.columns.flux import flux_kind
from homeperf_ray.kube.columns.gateway import GATEWAY, HTTP_ROUTE
from homeperf_ray.kube.columns.jobs import CRON_JOB, JOB
from homeperf_ray.kube.columns.kind import TableKind
from homeperf_ray.kube.columns.network import INGRESS, INGRESS_CLASS, SERVICE
from homeperf_ray.kube.columns.pods import POD
from homeperf_ray.kube.columns.storage import CEPH_CLUSTER, CLAIM, STORAGE_CLASS, VOLUME, ceph_part
from homeperf_ray.kube.columns.volume_stats import VOLUME_STAT
from homeperf_ray.kube.columns.warnings import EVENT
from homeperf_ray.kube.columns.workloads import DAEMON_SET, DEPLOYMENT, STATEFUL_SET
from homeperf_ray.kube.errors import BadAnswer
from homeperf_ray.kube.models.meta import ListMeta
from homeperf_ray.kube.resources import (
    BUCKETS,
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
    GIT_REPOSITORIES,
    HELM_CHARTS,
    HELM_RELEASES,
    HELM_REPOSITORIES,
    HTTP_ROUTES,
    INGRESS_CLASSES,
    INGRESSES,
    JOBS,
    KUSTOMIZATIONS,
    NAMESPACES,
    NODE_METRICS,
    NODES,
    OCI_REPOSITORIES,
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

_IDENTIFIER = re.compile(r"[A-Za-z]{1,60}")

_KINDS: dict[GroupResource, TableKind] = {
    NODES: NODE,
    NAMESPACES: NAMESPACE,
    NODE_METRICS: NODE_METRIC,
    PODS: POD,
    SERVICES: SERVICE,
    ENDPOINT_SLICES: ENDPOINT_SLICE,
    ENDPOINTS: ENDPOINT,
    PERSISTENT_VOLUMES: VOLUME,
    PERSISTENT_VOLUME_CLAIMS: CLAIM,
    DEPLOYMENTS: DEPLOYMENT,
    STATEFUL_SETS: STATEFUL_SET,
    DAEMON_SETS: DAEMON_SET,
    JOBS: JOB,
    CRON_JOBS: CRON_JOB,
    STORAGE_CLASSES: STORAGE_CLASS,
    INGRESS_CLASSES: INGRESS_CLASS,
    INGRESSES: INGRESS,
    GATEWAYS: GATEWAY,
    HTTP_ROUTES: HTTP_ROUTE,
    CERTIFICATES: CERTIFICATE,
    SECRETS: TLS_SECRET,
    CEPH_CLUSTERS: CEPH_CLUSTER,
    VOLUME_STATS: VOLUME_STAT,
    EVENTS: EVENT,
    CEPH_BLOCK_POOLS: ceph_part("CephBlockPool"),
    CEPH_FILESYSTEMS: ceph_part("CephFilesystem"),
    CEPH_OBJECT_STORES: ceph_part("CephObjectStore"),
    GIT_REPOSITORIES: flux_kind("GitRepository"),
    OCI_REPOSITORIES: flux_kind("OCIRepository"),
    HELM_REPOSITORIES: flux_kind("HelmRepository"),
    HELM_CHARTS: flux_kind("HelmChart"),
    BUCKETS: flux_kind("Bucket"),
    KUSTOMIZATIONS: flux_kind("Kustomization"),
    HELM_RELEASES: flux_kind("HelmRelease"),
}


class Page(msgspec.Struct, frozen=True):
    """One page: its rows, and the token of the next one (empty on the last)."""

    batch: pa.RecordBatch
    rows: int
    continue_token: str
    resource_version: str


def table_kind(resource: GroupResource) -> TableKind:
    """Model and columns of a resource. Raises KeyError for one that has no columns."""
    return _KINDS[resource]


def schema(resource: GroupResource) -> pa.Schema:
    """The columns of a resource's table. Raises KeyError for one that has no columns."""
    return _KINDS[resource].schema


def kind_of(resource: GroupResource) -> str:
    """What an object of this resource calls itself: ``Pod``. Raises KeyError for one that has no columns."""
    return _KINDS[resource].kind


def decode(resource: GroupResource, body: bytes) -> Page:
    """Decode one page of a LIST, in whatever version it was served. Raises BadAnswer, which never quotes the page."""
    kind = _KINDS[resource]
    try:
        page = kind.decoder.decode(body)
        if page.kind != f"{kind.kind}List":
            what = page.kind if _IDENTIFIER.fullmatch(page.kind) else "something else"
            raise _bad(resource, body, f"it is a {what}")
        items = page.items or []
        batch = kind.batch(items, page.api_version)
    except msgspec.ValidationError as error:
        raise _bad(resource, body, str(error)) from None
    except (ValueError, OverflowError, RecursionError):
        raise _bad(resource, body, "it is not JSON, or it is cut short") from None
    meta = page.metadata or ListMeta()
    return Page(batch, len(items), meta.continue_token or "", meta.resource_version or "")


def _bad(resource: GroupResource, body: bytes, why: str) -> BadAnswer:
    """``why`` may name fields and types, as msgspec's validation errors do, but no values."""
    return BadAnswer(
        f"the list of {resource} is not what the API promises ({len(body)} bytes: {why})",
        f"Does kubectl get {resource} -A work? If so, look for a proxy between homeperf and the API server.",
    )
