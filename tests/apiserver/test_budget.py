"""One budget for runs through the runtime and beside it, as a genuine server's own audit log tells it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from homeperf_ray.cache.watched import ASKS
from homeperf_ray.limits.lease import EXPIRY
from tests.actors.test_check_on_ray import wait_for
from tests.apiserver.audit import Event
from tests.apiserver.conftest import Genuine
from tests.cli.command import Homeperf
from tests.limits.windows import most_in_any_window

pytestmark = [pytest.mark.apiserver, pytest.mark.ray]

QPS, BURST = 50, 20
BUDGET = ("--qps", str(QPS), "--burst", str(BURST), "--timeout", "90s", "--no-timings")
RUNNERS = ("ray", "ray", "ray", "local", "local")


def test_no_window_of_the_audit_log_holds_more_than_the_budget(warm: Homeperf, genuine: Genuine):
    audit, certified = genuine.server.audit, genuine.server.users.certified
    warm.run("cache", "clear")
    audit.forget()
    for _ in range(ASKS):
        warm.check(certified, "workloads", *BUDGET, runner="ray")
    with ThreadPoolExecutor(len(RUNNERS)) as threads:
        done = list(threads.map(lambda runner: warm.check(certified, "--fresh", *BUDGET, runner=runner), RUNNERS))
    assert [one.report["runner"] for one in done] == list(RUNNERS)
    assert all(one.report["ledger"]["wait_seconds"] for one in done)
    events = audit.requests()
    assert {event["verb"] for event in events} >= {"list", "watch"}
    assert len(events) > 5 * BURST
    moments = [arrival(event) for event in events]
    print(f"{len(moments)} requests, {BURST - most_in_any_window(moments, QPS, slack=EXPIRY):.1f} below the bound")
    assert most_in_any_window(moments, QPS, slack=EXPIRY) <= BURST
    warm.run("cache", "clear")
    wait_for(audit.watches_have_ended)


def arrival(event: Event) -> float:
    """When the server received the request: seconds, from an RFC 3339 time with microseconds."""
    return datetime.fromisoformat(event["requestReceivedTimestamp"]).timestamp()
