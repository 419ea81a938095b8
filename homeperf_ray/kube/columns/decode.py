"""Decoding: one page of a LIST into one record batch."""

from __future__ import annotations

import msgspec
import pyarrow as pa

from homeperf_ray.kube.columns.cluster import NAMESPACE, NODE
from homeperf_ray.kube.columns.flux import FLUX
from homeperf_ray.kube.columns.kind import TableKind
from homeperf_ray.kube.columns.network import INGRESS, INGRESS_CLASS, SERVICE
from homeperf_ray.kube.columns.pods import POD
from homeperf_ray.kube.columns.storage import CEPH_CLUSTER, CLAIM, STORAGE_CLASS, VOLUME
from homeperf_ray.kube.columns.workloads import CRON_JOB, DAEMON_SET, REPLICATED
from homeperf_ray.kube.errors import BadAnswer
from homeperf_ray.kube.resources import (
    BUCKETS,
    CEPH_CLUSTERS,
    CRON_JOBS,
    DAEMON_SETS,
    DEPLOYMENTS,
    GIT_REPOSITORIES,
    HELM_CHARTS,
    HELM_RELEASES,
    HELM_REPOSITORIES,
    INGRESS_CLASSES,
    INGRESSES,
    KUSTOMIZATIONS,
    NAMESPACES,
    NODES,
    OCI_REPOSITORIES,
    PERSISTENT_VOLUME_CLAIMS,
    PERSISTENT_VOLUMES,
    PODS,
    SERVICES,
    STATEFUL_SETS,
    STORAGE_CLASSES,
    GroupResource,
)

_KINDS: dict[GroupResource, TableKind] = {
    NODES: NODE,
    NAMESPACES: NAMESPACE,
    PODS: POD,
    SERVICES: SERVICE,
    PERSISTENT_VOLUMES: VOLUME,
    PERSISTENT_VOLUME_CLAIMS: CLAIM,
    DEPLOYMENTS: REPLICATED,
    STATEFUL_SETS: REPLICATED,
    DAEMON_SETS: DAEMON_SET,
    CRON_JOBS: CRON_JOB,
    STORAGE_CLASSES: STORAGE_CLASS,
    INGRESS_CLASSES: INGRESS_CLASS,
    INGRESSES: INGRESS,
    CEPH_CLUSTERS: CEPH_CLUSTER,
    GIT_REPOSITORIES: FLUX,
    OCI_REPOSITORIES: FLUX,
    HELM_REPOSITORIES: FLUX,
    HELM_CHARTS: FLUX,
    BUCKETS: FLUX,
    KUSTOMIZATIONS: FLUX,
    HELM_RELEASES: FLUX,
}


class Page(msgspec.Struct, frozen=True):
    """One page: its rows, and the token of the next one (empty on the last)."""

    batch: pa.RecordBatch
    rows: int
    continue_token: str
    resource_version: str


def schema(resource: GroupResource) -> pa.Schema:
    """The columns of a resource's table. Raises KeyError for one that has no columns."""
    return _KINDS[resource].schema


def decode(resource: GroupResource, body: bytes) -> Page:
    """Decode one page of a LIST, in whatever version it was served. Raises BadAnswer, which never quotes the page."""
    kind = _KINDS[resource]
    try:
        page = kind.decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadAnswer(
            f"the list of {resource} is not what the API promises ({len(body)} bytes; {_reason(error)})",
            f"Look at it with: kubectl get {resource} -A -o json. Is there a proxy between?",
        ) from None
    if not page.kind.endswith("List"):
        raise BadAnswer(f"the server sent a {page.kind[:60]} where a list of {resource} was due")
    items = page.items or []
    return Page(kind.batch(items), len(items), page.metadata.continue_token or "", page.metadata.resource_version or "")


def _reason(error: Exception) -> str:
    """What the decoder says of the structure. It names fields and types and quotes no values."""
    return str(error) if isinstance(error, msgspec.ValidationError) else "no JSON, or cut short"
