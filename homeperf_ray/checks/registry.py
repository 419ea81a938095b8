"""All checks and all codes."""

from __future__ import annotations

from collections.abc import Iterable

from homeperf_ray.checks.backends import BACKEND_CHECKS
from homeperf_ray.checks.ceph import CEPH_CHECKS
from homeperf_ray.checks.ceph_inside import CEPH_INSIDE_CHECKS
from homeperf_ray.checks.ceph_parts import CEPH_PART_CHECKS
from homeperf_ray.checks.certificates import CERTIFICATE_CHECKS
from homeperf_ray.checks.check import Check, Source
from homeperf_ray.checks.claims import CLAIM_CHECKS
from homeperf_ray.checks.cluster_network import CLUSTER_NETWORK_CHECKS
from homeperf_ray.checks.control_plane import CONTROL_PLANE_CHECKS
from homeperf_ray.checks.cron_jobs import CRON_JOB_CHECKS
from homeperf_ray.checks.csi_drivers import CSI_CHECKS
from homeperf_ray.checks.endpoints import ENDPOINT_CHECKS
from homeperf_ray.checks.finding import Code
from homeperf_ray.checks.flux import FLUX_CHECKS
from homeperf_ray.checks.flux_controllers import FLUX_CONTROLLER_CHECKS
from homeperf_ray.checks.flux_revisions import REVISION_CHECKS
from homeperf_ray.checks.gateways import GATEWAY_CHECKS
from homeperf_ray.checks.growth_codes import GROWTH_CODES
from homeperf_ray.checks.ingress import INGRESS_CHECKS
from homeperf_ray.checks.jobs import JOB_CHECKS
from homeperf_ray.checks.manifest_codes import MANIFEST_CODES
from homeperf_ray.checks.namespaces import NAMESPACE_CHECKS
from homeperf_ray.checks.node_pods import NODE_POD_CHECKS
from homeperf_ray.checks.node_usage import NODE_USAGE_CHECKS
from homeperf_ray.checks.nodes import NODE_CHECKS
from homeperf_ray.checks.pods import POD_CHECKS
from homeperf_ray.checks.probe_targets import PROBES_CHECK
from homeperf_ray.checks.provisioners import PROVISIONER_CHECKS
from homeperf_ray.checks.scope import SCOPE_CHECK
from homeperf_ray.checks.storage_classes import STORAGE_CLASS_CHECKS
from homeperf_ray.checks.stuck_volumes import STUCK_CHECKS
from homeperf_ray.checks.tls_secrets import TLS_CHECKS
from homeperf_ray.checks.unjudged import UNJUDGED_CODES
from homeperf_ray.checks.unmounted import UNMOUNTED_CHECKS
from homeperf_ray.checks.versions import VERSION_CHECKS
from homeperf_ray.checks.volume_use import VOLUME_USE_CHECKS
from homeperf_ray.checks.volumes import VOLUME_CHECKS
from homeperf_ray.checks.workloads import WORKLOAD_CHECKS

CHECKS: tuple[Check, ...] = (
    *NODE_CHECKS,
    *CONTROL_PLANE_CHECKS,
    *NODE_USAGE_CHECKS,
    *NODE_POD_CHECKS,
    *VERSION_CHECKS,
    *POD_CHECKS,
    *WORKLOAD_CHECKS,
    *JOB_CHECKS,
    *CRON_JOB_CHECKS,
    *NAMESPACE_CHECKS,
    *CLAIM_CHECKS,
    *VOLUME_CHECKS,
    *VOLUME_USE_CHECKS,
    *UNMOUNTED_CHECKS,
    *STUCK_CHECKS,
    *STORAGE_CLASS_CHECKS,
    *PROVISIONER_CHECKS,
    *CSI_CHECKS,
    *CEPH_CHECKS,
    *CEPH_PART_CHECKS,
    *CEPH_INSIDE_CHECKS,
    *INGRESS_CHECKS,
    *BACKEND_CHECKS,
    *CLUSTER_NETWORK_CHECKS,
    *GATEWAY_CHECKS,
    *CERTIFICATE_CHECKS,
    *TLS_CHECKS,
    *ENDPOINT_CHECKS,
    PROBES_CHECK,
    *FLUX_CHECKS,
    *REVISION_CHECKS,
    *FLUX_CONTROLLER_CHECKS,
)

CODES: dict[str, Code] = {
    code.id: code
    for code in (
        *UNJUDGED_CODES,
        *(code for check in CHECKS for code in check.codes),
        *GROWTH_CODES,
        *MANIFEST_CODES,
    )
}

_BY_NAME = {check.name: check for check in (SCOPE_CHECK, *CHECKS)}


def by_domain(domains: Iterable[str], source: Source = "lists") -> tuple[Check, ...]:
    """The checks of these domains that judge by that source, in the order of the registry."""
    chosen = set(domains)
    return tuple(check for check in CHECKS if check.domain in chosen and check.source == source)


def by_name(name: str) -> Check:
    """One check. Raises KeyError for an unknown name."""
    return _BY_NAME[name]
