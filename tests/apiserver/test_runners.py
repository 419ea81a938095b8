"""The same from every runner."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from tests.apiserver.audit import lists, others
from tests.apiserver.conftest import Genuine
from tests.apiserver.content.homelab import OPEN
from tests.apiserver.report import found, unread
from tests.apiserver.test_requests import EVERYTHING, NEEDED
from tests.apiserver.test_users import RETRIED
from tests.cli.command import Homeperf

pytestmark = [pytest.mark.apiserver, pytest.mark.ray]


def test_serial_local_and_ray_find_the_same(warm: Homeperf, genuine: Genuine):
    admin = genuine.server.users.admin
    reports = {runner: warm.check(admin, "--fresh", runner=runner).report for runner in ("serial", "local", "ray")}
    assert {name: report["runner"] for name, report in reports.items()} == {name: name for name in reports}
    assert found(reports["ray"]) == genuine.truth.sick
    for name in ("serial", "local"):
        assert reports[name]["details"] == reports["ray"]["details"]
        assert reports[name]["summary"] == reports["ray"]["summary"]
        assert reports[name]["notes"] == reports["ray"]["notes"]


def test_ray_finds_the_same_in_three_pages_of_pods(warm: Homeperf, crowded: Genuine):
    crowded.server.audit.forget()
    report = warm.check(crowded.server.users.admin, runner="ray").report
    events = crowded.server.audit.requests()
    assert found(report) == crowded.truth.sick
    assert lists(events) == {name: 3 if name == "pods" else 1 for name in EVERYTHING}
    assert report["ledger"]["sent"] == len(events)


def test_ray_asks_once_and_then_its_cache(warm: Homeperf, genuine: Genuine):
    server = genuine.server
    server.audit.forget()
    fresh = warm.check(server.users.admin, "--fresh", runner="ray").report
    events = server.audit.requests()
    assert lists(events) == dict.fromkeys(EVERYTHING, 1)
    assert fresh["ledger"]["sent"] == len(events)
    again = warm.check(server.users.admin, "--max-age", "1h", runner="ray").report
    assert server.audit.requests() == events
    assert (again["ledger"]["sent"], again["ledger"]["cache_hits"]) == (0, len(EVERYTHING))
    assert again["details"] == fresh["details"]


def test_the_workers_share_the_reading(warm: Homeperf, genuine: Genuine):
    run = warm.check(genuine.server.users.admin, "--fresh", runner="ray").report["run"]
    rows = [row for file in warm.parquet for row in pq.read_table(file).to_pylist() if row["run"] == run]
    read = [row for row in rows if row["kind"] == "list"]
    assert len(read) == len(EVERYTHING)
    assert len({row["pid"] for row in read}) == 3


def test_a_limited_user_sees_nothing_of_what_an_administrator_left_in_the_cache(warm: Homeperf, genuine: Genuine):
    server = genuine.server
    warm.check(server.users.admin, runner="ray")
    server.audit.forget()
    limited = warm.check(server.users.limited, "--max-age", "1h", runner="ray")
    assert limited.code == 3
    assert found(limited.report) == {}
    assert set(unread(limited.report)) == EVERYTHING - {"namespaces", "secrets"}, "of these there is a note"
    events = server.audit.requests()
    assert {event["user"]["username"] for event in events} == {"limited"}
    asked = lists(events)
    assert set(asked) == EVERYTHING | {"namespaces"}
    assert asked["nodes"] == asked["namespaces"] == asked["persistentvolumes"] == 1
    assert asked["pods"] == asked["deployments.apps"] == 2, "cluster-wide, and in the namespace of the context"


def test_a_limited_user_judges_through_the_runtime_what_is_open(warm: Homeperf, genuine: Genuine):
    scope = ("workloads", "-n", ",".join(OPEN))
    ray = warm.check(genuine.server.users.limited, *scope, runner="ray")
    local = warm.check(genuine.server.users.limited, *scope, runner="local")
    assert ray.report["details"] == local.report["details"]
    mine = {sick for sick in genuine.truth.within("2", OPEN) if "Pod/" in sick.object}
    assert set(found(ray.report)) == mine | {RETRIED}


def test_whoever_is_not_let_in_is_told_the_same_through_the_runtime(warm: Homeperf, genuine: Genuine):
    for kubeconfig in (genuine.server.users.unknown, genuine.server.users.expired):
        ray = warm.check(kubeconfig, runner="ray")
        local = warm.check(kubeconfig, runner="local")
        assert ray.code == local.code == 3
        assert ray.report["details"] == local.report["details"]


def test_the_runtime_knows_what_is_served_and_asks_for_what_has_become_old(warm: Homeperf, genuine: Genuine):
    warm.check(genuine.server.users.certified, "nodes", runner="ray")
    genuine.server.audit.forget()
    warm.check(genuine.server.users.certified, "nodes", "--max-age", "1ms", runner="ray")
    events = genuine.server.audit.requests()
    assert (lists(events), others(events)) == (dict.fromkeys(NEEDED["nodes"], 1), [])
