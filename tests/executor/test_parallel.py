import msgspec
import pytest

from homeperf_ray.checks.registry import CHECKS
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.executor.batch import FAN_OUT_ROWS, Batch, deal
from homeperf_ray.executor.outcome import Failure
from homeperf_ray.executor.parallel import EnhancedParallelExecutor
from homeperf_ray.executor.processor import Processor
from homeperf_ray.kube.discovery import Discovered
from homeperf_ray.kube.errors import Unauthorized, Unreachable
from homeperf_ray.kube.resources import (
    DAEMON_SETS,
    DEPLOYMENTS,
    INGRESSES,
    NAMESPACES,
    NODE_METRICS,
    NODES,
    PODS,
    SECRETS,
    SERVICES,
)
from tests.checks.judging import page
from tests.executor.fakes import FakeRunner, discovery, job


def node(name: str, ready: str) -> dict:
    return {
        "metadata": {"name": name, "uid": name, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "status": {"conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": "2026-01-01T00:00:00Z"}]},
    }


NODE_LIST = msgspec.json.encode(
    {
        "kind": "NodeList",
        "apiVersion": "v1",
        "metadata": {"resourceVersion": "7"},
        "items": [node("good", "True"), node("bad", "False"), node("fine", "True")],
    }
)


async def run(runner: FakeRunner, *processors: Processor, **options):
    return await EnhancedParallelExecutor(runner, processors).run(job(**options))


async def test_totals_add_up_and_the_sick_object_is_found():
    runner = FakeRunner(Discovered(discovery=discovery(NODES)), {NODES: NODE_LIST})
    report = await run(runner, domains=("nodes",))
    assert {finding.object for finding in report.findings} == {"Node/bad"}
    summary = report.summary
    assert summary.total == summary.healthy + summary.warnings + summary.critical + summary.errors
    assert (summary.critical, summary.status) == (1, "critical")
    assert report.warnings == ("TLS is not verified",)


async def test_what_keeps_a_runner_from_judging_is_raised_as_it_is():
    class Lost(FakeRunner):
        async def evaluate(self, job, batches, tables):
            raise Unreachable("tables of the cache were lost", "Run again.")
            yield

    with pytest.raises(Unreachable, match="were lost"):
        await run(Lost(Discovered(discovery=discovery(NODES)), {NODES: NODE_LIST}), domains=("nodes",))


async def test_only_what_the_chosen_domain_needs_is_fetched():
    found = Discovered(discovery=discovery(NODES, DEPLOYMENTS))
    runner = FakeRunner(found, {NODES: NODE_LIST})
    await run(runner, domains=("nodes",))
    assert {request.served.resource for request in runner.requests} == {NODES}


async def test_one_forbidden_resource_leaves_the_rest_judged():
    found = Discovered(discovery=discovery(NODES, PODS))
    forbidden = Failure("forbidden", "may not list pods", "ask for it", 403)
    report = await run(FakeRunner(found, {NODES: NODE_LIST}, {PODS: forbidden}), domains=("nodes", "workloads"))
    codes = {finding.code for finding in report.findings}
    assert "HP001" in codes
    assert any(finding.object == "Node/bad" for finding in report.findings)
    unread = [finding for finding in report.findings if finding.code == "HP001"]
    assert len(unread) == 1
    assert "may not list pods" in unread[0].message
    assert report.failure is None
    assert report.summary.errors == 1


async def test_a_server_that_refuses_the_user_is_one_failure_and_not_twenty():
    refused = Discovered(discovery=None, error=Unauthorized("who are you?", "renew the token", 401))
    report = await run(FakeRunner(refused))
    assert report.failure is not None
    assert report.failure.kind == "unauthorized"
    assert report.summary.status == "error"
    assert report.summary.total == report.summary.errors == 1


async def test_every_request_unreachable_is_one_failure():
    runner = FakeRunner(
        Discovered(discovery=discovery(NODES, PODS)),
        failures={NODES: Failure("unreachable", "no route"), PODS: Failure("unreachable", "no route")},
    )
    report = await run(runner)
    assert report.failure is not None
    assert [finding.domain for finding in report.findings] == ["cluster"]


async def test_a_misspelt_namespace_is_an_error_and_the_others_are_judged():
    names = msgspec.json.encode(
        {
            "kind": "NamespaceList",
            "apiVersion": "v1",
            "metadata": {},
            "items": [{"metadata": {"name": "media", "uid": "1"}}],
        }
    )
    runner = FakeRunner(Discovered(discovery=discovery(NAMESPACES, PODS)), {NAMESPACES: names})
    report = await run(runner, domains=("workloads",), namespaces=("media", "medai"))
    errors = [finding for finding in report.findings if finding.severity == "error"]
    assert [finding.code for finding in errors] == ["HP004"]
    assert "medai" in errors[0].message
    assert "media" in errors[0].message
    assert {request.namespace for request in runner.requests} == {None, "media", "medai"}


async def test_a_check_that_breaks_is_a_finding_and_takes_nobody_with_it(monkeypatch: pytest.MonkeyPatch):
    broken = next(check for check in CHECKS if NODES in check.needs)

    def explode(_snapshot, _thresholds):
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(
        "homeperf_ray.executor.worker.by_name", lambda name: msgspec_replace(broken, evaluate=explode, name=name)
    )
    runner = FakeRunner(Discovered(discovery=discovery(NODES)), {NODES: NODE_LIST})
    report = await run(runner, domains=("nodes",))
    assert {finding.code for finding in report.findings} == {"HP003"}
    assert "boom" in report.findings[0].message


async def test_a_message_of_the_cluster_that_quotes_a_password_is_masked():
    said = {"type": "Ready", "status": "False", "reason": "E", "message": "cannot clone https://git:hunter2@git.lan/x"}
    sick = page(NODES, [{"metadata": {"name": "n"}, "status": {"conditions": [said]}}])
    runner = FakeRunner(Discovered(discovery=discovery(NODES)), {NODES: sick})
    report = await run(runner, domains=("nodes",))
    assert [finding.code for finding in report.findings] == ["HP101"]
    assert "https://git:***@git.lan/x" in report.findings[0].message
    assert "hunter2" not in str(report)


def msgspec_replace(check, **changes):
    import dataclasses

    return dataclasses.replace(check, **changes)


async def test_notes_stand_in_the_order_of_the_checks_whichever_was_judged_first():
    found = Discovered(discovery=discovery(NODES, NODE_METRICS, DAEMON_SETS))
    runners = [FakeRunner(found, {NODES: NODE_LIST}, backwards=backwards) for backwards in (False, True)]
    forwards, backwards = [(await run(runner, domains=("nodes", "network"))).notes for runner in runners]
    assert [note for note in forwards if "metrics-server" in note or "CNI" in note] != []
    assert forwards == backwards


async def test_processors_see_every_operation_and_the_end():
    class Seen(Processor):
        operations = 0
        reports = 0

        def operated(self, operation):
            self.operations += 1

        def finished(self, report):
            self.reports += 1

    seen = Seen()
    runner = FakeRunner(Discovered(discovery=discovery(NODES)), {NODES: NODE_LIST})
    report = await run(runner, seen, domains=("nodes",))
    assert seen.reports == 1
    assert seen.operations == report.ledger.sent + report.ledger.batches


async def test_the_ledger_adds_up():
    runner = FakeRunner(Discovered(discovery=discovery(NODES, PODS)), {NODES: NODE_LIST})
    ledger = (await run(runner)).ledger
    assert ledger.requested == ledger.deduplicated + ledger.unserved + ledger.cache_hits + ledger.lists
    assert ledger.sent == ledger.lists + ledger.pages + ledger.discovery + ledger.retries + ledger.details


@pytest.mark.parametrize(("rows", "batches"), [(FAN_OUT_ROWS - 1, 1), (FAN_OUT_ROWS, 4)])
def test_many_rows_are_dealt_to_all_workers_and_few_to_one(rows: int, batches: int):
    from datetime import UTC, datetime

    splits = tuple(check for check in CHECKS if check.splits)
    assert splits
    whole = Batch(checks=(), now=datetime.now(UTC), thresholds=Thresholds())
    dealt = deal(splits, whole, rows, 4)
    assert len(dealt) == batches
    names = [f"namespace-{number}" for number in range(100)]
    assert all(sum(batch.holds(name) for batch in dealt) == 1 for name in names)


async def test_without_secrets_none_is_asked_for_and_a_note_says_so():
    runner = FakeRunner(Discovered(discovery=discovery(SECRETS, INGRESSES, SERVICES)))
    report = await run(runner, domains=("network",), secrets=False)
    assert SECRETS not in {request.served.resource for request in runner.requests}
    assert "TLS Secrets were not read (--no-secrets)" in report.notes
    assert report.findings == ()


async def test_secrets_that_may_not_be_read_are_a_note():
    forbidden = Failure("forbidden", "may not list secrets", "ask for it", 403)
    runner = FakeRunner(Discovered(discovery=discovery(SECRETS, INGRESSES)), failures={SECRETS: forbidden})
    report = await run(runner, domains=("network",))
    assert report.findings == ()
    assert report.notes.count("may not list secrets") == 1


async def test_a_domain_that_needs_no_secrets_does_not_mention_them():
    runner = FakeRunner(Discovered(discovery=discovery(NODES)), {NODES: NODE_LIST})
    notes = (await run(runner, domains=("nodes",), secrets=False)).notes
    assert not [note for note in notes if "secrets" in note.lower()]
