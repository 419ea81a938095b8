"""What the server really received: one LIST, with its pages, for each resource that is needed; reads only."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.apiserver.audit import lists, others, resource_of
from tests.apiserver.conftest import Genuine
from tests.apiserver.content.homelab import OPEN
from tests.cli.command import Homeperf

pytestmark = pytest.mark.apiserver

FLUX = {
    "gitrepositories.source.toolkit.fluxcd.io",
    "ocirepositories.source.toolkit.fluxcd.io",
    "helmrepositories.source.toolkit.fluxcd.io",
    "helmcharts.source.toolkit.fluxcd.io",
    "buckets.source.toolkit.fluxcd.io",
    "kustomizations.kustomize.toolkit.fluxcd.io",
    "helmreleases.helm.toolkit.fluxcd.io",
}
NEEDED = {
    "nodes": {"nodes", "pods", "nodes.metrics.k8s.io", "endpointslices.discovery.k8s.io"},
    "workloads": {
        "pods",
        "deployments.apps",
        "statefulsets.apps",
        "daemonsets.apps",
        "jobs.batch",
        "cronjobs.batch",
        "namespaces",
    },
    "storage": {
        "nodes",
        "deployments.apps",
        "statefulsets.apps",
        "persistentvolumeclaims",
        "persistentvolumes",
        "storageclasses.storage.k8s.io",
        "cephclusters.ceph.rook.io",
        "cephblockpools.ceph.rook.io",
        "cephfilesystems.ceph.rook.io",
        "cephobjectstores.ceph.rook.io",
    },
    "network": {
        "deployments.apps",
        "statefulsets.apps",
        "daemonsets.apps",
        "services",
        "endpointslices.discovery.k8s.io",
        "secrets",
        "gateways.gateway.networking.k8s.io",
        "certificates.cert-manager.io",
        "ingresses.networking.k8s.io",
        "ingressclasses.networking.k8s.io",
    },
    "flux": FLUX | {"deployments.apps"},
}
"""The resources that each domain cannot do without."""
EVERYTHING = set().union(*NEEDED.values())

AGGREGATED_SINCE = 26
"""The minor version since which discovery is two documents, however many groups there are."""
PAGE = 500


@pytest.mark.parametrize("runner", ["serial", "local"])
def test_one_list_for_each_resource_that_is_needed(homeperf: Homeperf, genuine: Genuine, runner: str):
    genuine.server.audit.forget()
    ledger = homeperf.check(genuine.server.users.admin, runner=runner).report["ledger"]
    events = genuine.server.audit.requests()
    assert lists(events) == dict.fromkeys(EVERYTHING, 1)
    assert {event["responseStatus"]["code"] for event in events} == {200}
    assert ledger["sent"] == len(events)
    assert ledger["lists"] == len(EVERYTHING)
    assert ledger["discovery"] == len(others(events))
    assert (ledger["pages"], ledger["retries"], ledger["unserved"], ledger["cache_hits"]) == (0, 0, 0, 0)
    assert ledger["requested"] - ledger["deduplicated"] == len(EVERYTHING)


@pytest.mark.parametrize("domain", NEEDED)
def test_a_domain_asks_for_what_it_needs_only(homeperf: Homeperf, genuine: Genuine, domain: str):
    genuine.server.audit.forget()
    report = homeperf.check(genuine.server.users.admin, domain).report
    events = genuine.server.audit.requests()
    assert lists(events) == dict.fromkeys(NEEDED[domain], 1)
    assert report["ledger"]["sent"] == len(events)


def test_discovery_asks_for_what_the_plan_needs_and_once_in_ten_minutes(homeperf: Homeperf, genuine: Genuine):
    server = genuine.server
    server.audit.forget()
    homeperf.check(server.users.admin, "nodes")
    assert others(server.audit.requests()).count("/version") == 1
    groups = {path.split("/")[2] for path in others(server.audit.requests()) if path.startswith("/apis/")}
    assert groups <= {"metrics.k8s.io", "discovery.k8s.io"}
    server.audit.forget()
    homeperf.check(server.users.admin)
    asked = others(server.audit.requests())
    assert len(asked) == len(set(asked))
    if server.minor >= AGGREGATED_SINCE:
        assert asked == ["/apis"]
    server.audit.forget()
    ledger = homeperf.check(server.users.admin).report["ledger"]
    assert others(server.audit.requests()) == []
    assert (ledger["sent"], ledger["discovery"]) == (len(EVERYTHING), 0)


def test_homeperf_only_reads(homeperf: Homeperf, genuine: Genuine):
    before = genuine.server.shown("/api/v1/pods")
    genuine.server.audit.forget()
    homeperf.check(genuine.server.users.admin, details=5)
    homeperf.check(genuine.server.users.limited, "-n", OPEN[0], details=5)
    events = genuine.server.audit.requests()
    assert {event["verb"] for event in events} == {"get", "list"}
    assert {resource_of(event) for event in events if event["verb"] == "get"} == {"", "pods"}
    assert {event["objectRef"].get("subresource") for event in events if resource_of(event) == "pods"} == {None, "log"}
    assert [row["Name"] for row in genuine.server.shown("/api/v1/pods")] == [row["Name"] for row in before]


@pytest.mark.parametrize("runner", ["serial", "local"])
def test_1200_pods_are_read_in_three_pages(homeperf: Homeperf, crowded: Genuine, runner: str):
    crowded.server.audit.forget()
    ledger = homeperf.check(crowded.server.users.admin, "workloads", runner=runner).report["ledger"]
    events = crowded.server.audit.requests()
    pages = [parse_qs(urlsplit(event["requestURI"]).query) for event in events if resource_of(event) == "pods"]
    assert [page["limit"] for page in pages] == [[str(PAGE)]] * 3
    assert ["continue" in page for page in pages] == [False, True, True]
    assert lists(events) == {name: 3 if name == "pods" else 1 for name in NEEDED["workloads"]}
    assert (ledger["lists"], ledger["pages"]) == (len(NEEDED["workloads"]), 2)
    assert ledger["sent"] == len(events)


def test_each_resource_is_read_in_the_version_that_is_served(homeperf: Homeperf, genuine: Genuine):
    genuine.server.audit.forget()
    homeperf.check(genuine.server.users.admin)
    versions = {
        resource_of(event): event["objectRef"]["apiVersion"]
        for event in genuine.server.audit.requests()
        if event["verb"] == "list"
    }
    assert versions["cronjobs.batch"] == ("v1" if genuine.server.minor >= 21 else "v1beta1")
    assert versions["gitrepositories.source.toolkit.fluxcd.io"] == "v1"
    assert versions["ocirepositories.source.toolkit.fluxcd.io"] == "v1beta2"
    assert versions["helmreleases.helm.toolkit.fluxcd.io"] == "v2"


def test_named_namespaces_are_listed_one_by_one(homeperf: Homeperf, genuine: Genuine):
    genuine.server.audit.forget()
    ledger = homeperf.check(genuine.server.users.admin, "workloads", "-n", ",".join(OPEN)).report["ledger"]
    events = genuine.server.audit.requests()
    assert lists(events) == {**dict.fromkeys(NEEDED["workloads"], len(OPEN)), "namespaces": 1}
    assert {event["objectRef"].get("namespace") for event in events if event["verb"] == "list"} == {None, *OPEN}
    assert ledger["sent"] == len(events)
