from homeperf_ray.checks.check import Check
from homeperf_ray.checks.finding import Judgement
from homeperf_ray.executor.plan import groups_of, make_plan
from homeperf_ray.kube.resources import (
    CEPH_CLUSTERS,
    DEPLOYMENTS,
    ENDPOINT_SLICES,
    ENDPOINTS,
    NAMESPACES,
    NODES,
    PODS,
    SECRETS,
)
from tests.executor.fakes import discovery


def check(name: str, *needs, **options) -> Check:
    return Check(name, "nodes", name, needs, (), lambda _s, _t: Judgement(name, 0), **options)


def test_a_resource_that_two_checks_need_is_asked_for_once():
    plan = make_plan([check("a", NODES, PODS), check("b", PODS)], discovery(NODES, PODS), None)
    assert [str(request) for request in plan.requests] == ["LIST pods", "LIST nodes"]
    assert (plan.requested, plan.deduplicated, plan.unserved_asks) == (3, 1, 0)


def test_what_the_server_does_not_serve_is_never_asked_for():
    plan = make_plan([check("a", NODES, CEPH_CLUSTERS)], discovery(NODES), None)
    assert [str(request) for request in plan.requests] == ["LIST nodes"]
    assert plan.unserved == {CEPH_CLUSTERS}
    assert (plan.requested, plan.unserved_asks) == (2, 1)


def test_named_namespaces_are_listed_one_by_one_and_cluster_scoped_resources_once():
    plan = make_plan([check("a", NODES, PODS)], discovery(NODES, PODS, NAMESPACES), ("a", "b"))
    assert {request.path for request in plan.requests} == {
        "/api/v1/nodes",
        "/api/v1/namespaces",
        "/api/v1/namespaces/a/pods",
        "/api/v1/namespaces/b/pods",
    }


def test_checks_of_the_whole_cluster_are_left_out_of_a_named_namespace():
    checks = [check("a", PODS), check("dns", DEPLOYMENTS, whole_cluster=True)]
    plan = make_plan(checks, discovery(PODS, DEPLOYMENTS), ("a",))
    assert [left.name for left in plan.left_out] == ["dns"]
    assert all(request.served.resource != DEPLOYMENTS for request in plan.requests)


def test_a_group_whose_backend_is_down_is_not_taken_for_absent():
    found = discovery(NODES, unavailable=(("ceph.rook.io", "503"),))
    plan = make_plan([check("a", CEPH_CLUSTERS)], found, None)
    assert plan.unserved == frozenset()
    assert "ceph.rook.io" in plan.unavailable[CEPH_CLUSTERS].message


def test_an_older_server_is_asked_for_endpoints_in_the_place_of_their_slices():
    checks = [check("a", ENDPOINT_SLICES)]
    [old] = make_plan(checks, discovery(ENDPOINTS), None).requests_for(ENDPOINT_SLICES)
    assert str(old) == "LIST endpoints"
    [new] = make_plan(checks, discovery(ENDPOINTS, ENDPOINT_SLICES), None).requests
    assert str(new) == "LIST endpointslices.discovery.k8s.io"
    broken = discovery(ENDPOINTS, unavailable=((ENDPOINT_SLICES.group, "503"),))
    assert make_plan(checks, broken, None).requests == ()


def test_discovery_covers_the_core_group_and_every_needed_one():
    assert groups_of([check("a", DEPLOYMENTS)]) == {"", "apps"}


def test_what_the_user_does_not_want_read_is_never_asked_for():
    checks = [check("tls", SECRETS, NODES), check("sharper", NODES, optional=(SECRETS,))]
    plan = make_plan(checks, discovery(NODES, SECRETS), None, frozenset({SECRETS}))
    assert [str(request) for request in plan.requests] == ["LIST nodes"]
    assert plan.without == {SECRETS}
    assert plan.unserved == frozenset()
    assert (plan.requested, plan.unserved_asks) == (2, 0)


def test_what_no_check_needs_is_not_missed():
    plan = make_plan([check("a", NODES, optional=(SECRETS,))], discovery(NODES), None, frozenset({SECRETS}))
    assert plan.without == frozenset()


def test_secrets_are_asked_for_by_their_type():
    plan = make_plan([check("tls", SECRETS)], discovery(SECRETS), ("a",))
    [request] = [request for request in plan.requests if request.served.resource == SECRETS]
    assert request.field_selector == "type=kubernetes.io/tls"
