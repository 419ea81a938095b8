"""The toolbox of the embedded homelab, well and hostile."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from homeperf_ray.kube import execution
from homeperf_ray.kube.execution import MAX_OUTPUT, execute
from homeperf_ray.kube.gate import UNLIMITED
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.target import load_target
from homeperf_ray.kube.toolbox import COMMANDS, read_toolboxes
from homeperf_ray.timings.operation import Operation
from tests.homelab import received

STATUS = ("ceph", "status")


@pytest.fixture
def sim(homelab):
    homelab.reset()
    yield homelab
    homelab.reset()


@pytest.fixture
async def connection(sim, connect):
    return connect(load_target(Access((str(sim.kubeconfig),))))


@pytest.fixture
async def pod(connection):
    return await toolbox(connection)


async def toolbox(connection) -> str:
    answer = await connection.get(
        "/api/v1/namespaces/rook-ceph/pods",
        {"labelSelector": "app=rook-ceph-tools"},
        operation=Operation(kind="list", started=0.0),
    )
    return str(json.loads(answer.body)["items"][0]["metadata"]["name"])


async def test_the_toolbox_is_found_and_asked_three_things(sim, connection):
    told = await read_toolboxes(connection, None)
    [report] = told.reports
    ceph = sim.show("cephclusters.ceph.rook.io", "rook-ceph", "rook-ceph")["status"]["ceph"]
    assert (report.namespace, report.health) == ("rook-ceph", ceph["health"])
    assert {name for name, _ in report.checks} == set(ceph["details"])
    assert (report.osd_count, report.osds_up, len(report.osds), sum(count for _, count in report.pgs)) == (3, 3, 3, 97)
    assert (told.unasked, told.notes) == ((), ())
    assert received(sim, resource="pods/exec") == len(COMMANDS)
    assert received(sim, resource="pods") == 1
    assert [row.kind for row in told.operations] == ["list", "exec", "exec", "exec"]
    assert all(row.sent == 1 and row.bytes for row in told.operations)


async def test_one_thing_after_another(sim, connection):
    told = await read_toolboxes(connection, ("rook-ceph",), at_once=False)
    assert len(told.reports) == 1
    begun = [row.started for row in told.operations if row.kind == "exec"]
    ended = [row.started + row.total for row in told.operations if row.kind == "exec"]
    assert all(later >= earlier for earlier, later in zip(ended, begun[1:], strict=False))


async def test_every_exec_passes_the_budget_once(sim, connect):
    class Counting:
        def __init__(self) -> None:
            self.asked: list[str] = []

        async def acquire(self, kind: str = ""):
            self.asked.append(kind)
            return UNLIMITED

        def report(self, answered) -> None:
            pass

    gate = Counting()
    await read_toolboxes(connect(load_target(Access((str(sim.kubeconfig),))), gate=gate), None)
    assert gate.asked == ["list pods", *["exec pods/exec"] * 3]


async def test_a_client_certificate_and_another_user_are_who_they_are(sim, connect):
    certified = connect(load_target(Access((str(sim.certified),), "certified")))
    assert len((await read_toolboxes(certified, None)).reports) == 1
    limited = connect(load_target(Access((str(sim.kubeconfig),), "limited")))
    [unasked] = (await read_toolboxes(limited, None)).unasked
    assert (unasked.error.kind, unasked.pod) == ("forbidden", "")
    refused = await execute(limited, "rook-ceph", "any", STATUS)
    assert refused.error is not None
    assert refused.error.kind == "forbidden"
    assert "doctor --exec" in refused.error.hint


async def test_no_toolbox_and_one_that_is_not_ready_are_notes(make_homelab, connect):
    sim = make_homelab(nodes=2, namespaces=8, pods=60, pvcs=4, healthy=True)
    connection = connect(load_target(Access((str(sim.kubeconfig),))))
    pod = await toolbox(connection)
    conditions = sim.show("pods", "rook-ceph", pod)["status"]["conditions"]
    unready = [one | ({"status": "False"} if one["type"] == "Ready" else {}) for one in conditions]
    sim.patch("pods", "rook-ceph", pod, {"status": {"conditions": unready}})
    told = await read_toolboxes(connection, None)
    assert told.notes == ("Ceph was not asked in rook-ceph: the toolbox there is not ready",)
    sim.delete("pods", "rook-ceph", pod)
    told = await read_toolboxes(connection, None)
    assert (told.reports, told.unasked) == ((), ())
    assert "there is no toolbox" in told.notes[0]
    assert "toolbox.enabled=true" in told.notes[0]


@pytest.mark.parametrize(
    "output",
    ["", "not JSON", "[1,2]", '{"health":7}', "{" * 100_000, '{"health":{"status":"\\ud800"}', "\x1b]0;owned\x07{}"],
    ids=["nothing", "text", "list", "wrong", "deep", "surrogate", "escapes"],
)
async def test_what_is_no_answer_of_ceph_is_an_error_and_the_rest_is_kept(sim, connection, pod, output):
    sim.say("rook-ceph", pod, STATUS, output)
    told = await read_toolboxes(connection, None)
    [unasked] = told.unasked
    assert unasked.error.kind == "bad_answer"
    assert f"ceph status in pod rook-ceph/{pod} printed what could not be understood" in unasked.error.message
    assert "\x1b" not in unasked.error.message
    [report] = told.reports
    assert (report.health, len(report.osds), sum(count for _, count in report.pgs)) == ("", 3, 97)


async def test_a_flood_is_cut_off(sim, connection, pod):
    sim.say("rook-ceph", pod, STATUS, "0123456789abcdef" * 4096, times=200)
    done = await execute(connection, "rook-ceph", pod, (*STATUS, "-f", "json"))
    assert done.error is not None
    assert "wrote more than 4 MiB" in done.error.message
    assert done.output == b""
    assert MAX_OUTPUT < done.operation.bytes < 2 * MAX_OUTPUT


async def test_a_command_that_fails_says_so_in_its_own_words_with_nothing_hidden_in_them(sim, connection, pod):
    sim.say("rook-ceph", pod, STATUS, error="\x1b[31mERROR\x1b[0m (ENOENT) error connecting to the cluster\n", code=2)
    told = await read_toolboxes(connection, None)
    message = told.unasked[0].error.message
    assert "ended with 2: \\x1b[31mERROR\\x1b[0m (ENOENT) error connecting to the cluster" in message
    done = await execute(connection, "rook-ceph", pod, ("nothing-like-it",))
    assert done.error is not None
    assert "executable file not found in $PATH" in done.error.message


async def test_a_command_that_hangs_is_left(sim, connection, pod, monkeypatch):
    monkeypatch.setattr(execution, "SECONDS", 0.5)
    sim.say("rook-ceph", pod, STATUS, "{}", seconds=3600)
    began = time.monotonic()
    done = await execute(connection, "rook-ceph", pod, STATUS)
    assert done.error is not None
    assert done.error.kind == "unreachable"
    assert time.monotonic() - began < 30


async def test_waiting_for_the_budget_is_no_time_of_a_command(sim, connect, pod, monkeypatch):
    class Slow:
        async def acquire(self, kind: str = ""):
            await asyncio.sleep(execution.SECONDS + 0.1)
            return UNLIMITED

        def report(self, answered) -> None:
            pass

    monkeypatch.setattr(execution, "SECONDS", 2.0)
    connection = connect(load_target(Access((str(sim.kubeconfig),))), gate=Slow())
    done = await execute(connection, "rook-ceph", pod, (*STATUS, "-f", "json"))
    assert (done.error, done.code) == (None, 0)
    assert done.operation.permit > execution.SECONDS


@pytest.mark.parametrize(
    ("fault", "options", "kind"),
    [
        ("truncated", {}, "bad_answer"),
        ("reset", {}, "unreachable"),
        ("garbage", {}, "bad_answer"),
        ("redirect", {"location": "https://127.0.0.1:1/elsewhere"}, "bad_answer"),
        ("status", {"status": 503}, "server_error"),
        ("status", {"status": 429, "retry_after": 1}, "throttled"),
    ],
    ids=lambda value: str(value) if not isinstance(value, dict) else "",
)
async def test_what_a_server_may_do_has_a_name_and_is_not_tried_again(sim, connection, pod, fault, options, kind):
    sim.fault(fault, resource="pods/exec", **options)
    sim.reset_counts()
    done = await execute(connection, "rook-ceph", pod, STATUS)
    assert done.error is not None
    assert (done.error.kind, done.operation.error) == (kind, kind)
    assert received(sim, resource="pods/exec") == 1
    assert sim.counts()["total"] == 1


async def test_a_pod_that_went_away_and_a_node_that_is_gone(sim, connection):
    gone = await execute(connection, "rook-ceph", "rook-ceph-tools-gone", STATUS)
    assert gone.error is not None
    assert gone.error.message == "pod rook-ceph/rook-ceph-tools-gone went away before ceph status was run"


async def test_a_toolbox_with_a_sidecar_and_one_that_somebody_has_made(make_homelab, connect):
    sim = make_homelab(nodes=2, namespaces=8, pods=60, pvcs=4, healthy=True)
    connection = connect(load_target(Access((str(sim.kubeconfig),))))
    pod = await toolbox(connection)
    before = sim.show("pods", "rook-ceph", pod)
    [container] = before["spec"]["containers"]
    sidecar = container | {"name": "mesh"}
    sim.patch("pods", "rook-ceph", pod, {"spec": {"containers": [sidecar, container]}})
    assert len((await read_toolboxes(connection, None)).reports) == 1
    mine = container | {"name": "toolbox"}
    state = before["status"]["containerStatuses"][0] | {"name": "toolbox"}
    sim.patch("pods", "rook-ceph", pod, {"spec": {"containers": [mine]}, "status": {"containerStatuses": [state]}})
    told = await read_toolboxes(connection, None)
    assert (len(told.reports), told.unasked) == (1, ())
    assert len(told.operations) == 1 + 2 * len(COMMANDS)


async def test_who_labels_many_pods_does_not_hide_the_toolbox_of_rook(make_homelab, connect):
    sim = make_homelab(nodes=2, namespaces=20, pods=80, pvcs=4, healthy=True)
    connection = connect(load_target(Access((str(sim.kubeconfig),))))
    document = sim.show("pods", "rook-ceph", await toolbox(connection))
    for number in range(12):
        metadata = {"labels": {"app": "rook-ceph-tools"}, "uid": f"00000000-0000-4000-a000-0000000000{number:02}"}
        sim.put("pods", f"aaa-{number:02}", "fake", document | {"metadata": metadata})
    told = await read_toolboxes(connection, None)
    assert "rook-ceph" in {report.namespace for report in told.reports}
    assert len({row.namespace for row in told.operations if row.kind == "exec"}) == 10
    assert told.notes == ("Ceph was not asked in 3 more namespaces: homeperf asks 10",)
