import msgspec

from homeperf_ray.executor.narrowing import MAX_NAMESPACES
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.executor.parallel import EnhancedParallelExecutor
from homeperf_ray.kube.discovery import Discovered
from homeperf_ray.kube.resources import DAEMON_SETS, DEPLOYMENTS, NAMESPACES, PODS, SERVICES
from tests.executor.fakes import FakeRunner, discovery, job


def namespace_list(*names: str) -> bytes:
    items = [{"metadata": {"name": name}, "status": {"phase": "Active"}} for name in names]
    return msgspec.json.encode({"kind": "NamespaceList", "apiVersion": "v1", "metadata": {}, "items": items})


def failed_pod() -> dict:
    metadata = {"name": "p", "namespace": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}
    return {"metadata": metadata, "spec": {}, "status": {"phase": "Failed", "reason": "Evicted"}}


POD_LIST = msgspec.json.encode({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [failed_pod()]})


async def run(runner: FakeRunner, **options):
    return await EnhancedParallelExecutor(runner).run(job(**options))


def asked(runner: FakeRunner, resource) -> list[str | None]:
    return sorted((r.namespace or "") for r in runner.requests if r.served.resource == resource)


def limited(readable: dict, **options) -> FakeRunner:
    found = Discovered(discovery=discovery(PODS, DEPLOYMENTS, DAEMON_SETS, NAMESPACES, SERVICES))
    bodies = {NAMESPACES: namespace_list("a", "b", "c"), PODS: POD_LIST}
    return FakeRunner(found, bodies, readable=readable, **options)


async def test_what_is_denied_cluster_wide_is_read_in_each_namespace_and_the_rest_only_where_that_worked():
    runner = limited({PODS: ("a", "c"), DEPLOYMENTS: ("a",)})
    report = await run(runner, domains=("workloads",))
    assert asked(runner, PODS) == ["", "a", "b", "c"]
    assert asked(runner, DEPLOYMENTS) == ["", "a", "c"]
    assert asked(runner, DAEMON_SETS) == [""]
    assert not [finding for finding in report.findings if finding.code == "HP001"]
    assert any("namespaces judged: a, c (2 of 3)" in note for note in report.notes)
    assert {finding.code for finding in report.findings} == {"HP206"}


async def test_what_may_be_read_nowhere_is_one_finding():
    runner = limited({PODS: ("a",), DEPLOYMENTS: ()})
    report = await run(runner, domains=("workloads",))
    unread = [finding for finding in report.findings if finding.code == "HP001"]
    assert [finding.object for finding in unread] == ["deployments.apps"]
    assert "nor in any namespace" in unread[0].message
    assert report.summary.errors == 1


async def test_without_the_right_to_list_namespaces_the_one_of_the_context_is_judged():
    runner = limited({PODS: ("home",), NAMESPACES: ()})
    await run(runner, domains=("workloads",))
    assert asked(runner, PODS) == ["", "home"]


async def test_a_check_of_the_whole_cluster_does_not_judge_a_part_of_it():
    runner = limited({DEPLOYMENTS: ("a",), PODS: ("a",)})
    report = await run(runner, domains=("network",))
    assert not [finding for finding in report.findings if finding.code == "HP411"]
    assert any("CoreDNS" in note and "whole cluster" in note for note in report.notes)


async def test_a_failure_of_another_kind_in_one_namespace_is_told():
    class Flaky(FakeRunner):
        def _failure(self, request):
            if request.namespace == "b":
                return Failure("server_error", "no answer from etcd")
            return super()._failure(request)

    found = Discovered(discovery=discovery(PODS, NAMESPACES))
    bodies = {NAMESPACES: namespace_list("a", "b")}
    report = await run(Flaky(found, bodies, readable={PODS: ("a", "b")}), domains=("workloads",))
    assert [(finding.code, finding.namespace) for finding in report.findings] == [("HP002", "b")]


async def test_the_number_of_namespaces_is_bounded_and_the_ledger_adds_up():
    names = [f"n{number:03}" for number in range(MAX_NAMESPACES + 20)]
    found = Discovered(discovery=discovery(PODS, NAMESPACES))
    runner = FakeRunner(found, {NAMESPACES: namespace_list(*names)}, readable={PODS: names})
    report = await run(runner, domains=("workloads",))
    assert len(asked(runner, PODS)) == MAX_NAMESPACES + 1
    ledger = report.ledger
    assert ledger.requested == ledger.deduplicated + ledger.unserved + ledger.cache_hits + ledger.lists


async def test_named_namespaces_are_not_narrowed_again():
    runner = limited({PODS: ("a",)})
    report = await run(runner, domains=("workloads",), namespaces=("a", "b"))
    assert asked(runner, PODS) == ["a", "b"]
    assert [(f.code, f.namespace) for f in report.findings if f.code == "HP001"] == [("HP001", "b")]
    assert dict(runner.batches[-1].partial).get(PODS) in (None, ("a",))
