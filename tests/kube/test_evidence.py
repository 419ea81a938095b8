"""Events and log lines of the embedded homelab's sick pods."""

from __future__ import annotations

import json

import pytest

from homeperf_ray.kube.evidence import LOG_LINES, read_events, read_log
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import load_target
from homeperf_ray.timings.operation import Operation


@pytest.fixture
async def connection(homelab, connect):
    homelab.reset()
    return connect(load_target(Access((str(homelab.kubeconfig),))))


async def sick(connection, reason: str) -> dict:
    answer = await connection.get("/api/v1/pods", operation=Operation(kind="list", started=0.0))
    for pod in json.loads(answer.body)["items"]:
        for container in pod.get("status", {}).get("containerStatuses", []):
            if container["state"].get("waiting", {}).get("reason") == reason:
                return pod
    raise AssertionError(reason)


async def test_a_crash_looping_pod_tells_its_last_words_and_its_events(connection):
    pod = await sick(connection, "CrashLoopBackOff")
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    container = pod["spec"]["containers"][0]["name"]
    log = await read_log(connection, namespace, name, container)
    assert log.errors == ()
    assert 0 < len(log.log) <= LOG_LINES
    assert [operation.kind for operation in log.operations] == ["detail"]
    events = await read_events(connection, "Pod", namespace, name)
    assert [event.reason for event in events.events] == ["BackOff"]
    assert events.events[0].count > 1


async def test_a_container_that_never_ran_has_no_log_and_that_is_no_error(connection):
    pod = await sick(connection, "ImagePullBackOff")
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    log = await read_log(connection, namespace, name, "")
    assert (log.log, log.errors) == ((), ())
    assert sum(operation.sent for operation in log.operations) == 2


async def test_what_is_gone_or_denied_is_an_error_and_not_an_exception(connection, homelab, connect):
    gone = await read_log(connection, "default", "no-such-pod", "")
    assert [error.kind for error in gone.errors] == ["not_found"]
    limited = connect(load_target(Access((str(homelab.kubeconfig),), "limited")))
    denied = await read_events(limited, "Pod", "default", "x")
    assert [error.kind for error in denied.errors] == ["forbidden"]


@pytest.mark.parametrize("kind", ["garbage", "truncated", "redirect"])
async def test_a_server_in_trouble_gives_an_error(connection, homelab, kind):
    homelab.fault(kind=kind, resource="events", location="https://login.example")
    found = await read_events(connection, "Pod", "default", "x")
    assert len(found.errors) == 1
    assert found.events == ()


async def test_nobody_waits_for_evidence_that_cannot_be_had(connection, homelab):
    pod = await sick(connection, "CrashLoopBackOff")
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    homelab.fault("status", status=500, path="/api/v1/namespaces")
    try:
        log = await read_log(connection, namespace, name, "")
        events = await read_events(connection, "Pod", namespace, name)
    finally:
        homelab.clear_faults()
    assert len(log.errors) == len(events.errors) == 1
    assert [(one.sent, one.retries) for one in (*log.operations, *events.operations)] == [(1, 0), (1, 0)]
