"""Kubelets are asked on the way that is safe, and nobody who cannot prove to be one is sent a credential."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from homeperf_ray.kube.columns.volume_stats import MOST_CLAIMS, measured, stats_table
from homeperf_ray.kube.connection import Backend, Connection
from homeperf_ray.kube.credentials import Credential, Fixed, bearer
from homeperf_ray.kube.gate import UNLIMITED, Answered, OpenGate, Permit
from homeperf_ray.kube.kubelet_ways import Rights, address, barred, ways
from homeperf_ray.kube.kubelets import Kubelets
from homeperf_ray.kube.lister import Listed
from homeperf_ray.kube.request import Access, Kubelet, Request
from homeperf_ray.kube.resources import VOLUME_STATS, ServedResource
from homeperf_ray.kube.secret import Secret
from homeperf_ray.kube.target import Target, load_target
from homeperf_ray.kube.tls import ClientCertificate, Trust
from homeperf_ray.sim.process import RunningSim
from homeperf_ray.timings.operation import Operation
from tests.homelab import received, start_homelab
from tests.kube.server import ok, reply

SMALL = {"nodes": 3, "namespaces": 8, "pods": 40, "pvcs": 12, "healthy": True}
SERVED = ServedResource(VOLUME_STATS, "v1", "VolumeStats", namespaced=False)
NODE = "k8s-worker-1"


class CountingGate(OpenGate):
    def __init__(self) -> None:
        self.acquired: list[str] = []
        self.heard: list[Answered] = []

    async def acquire(self, kind: str = "") -> Permit:
        self.acquired.append(kind)
        return UNLIMITED

    def report(self, answered: Answered) -> None:
        self.heard.append(answered)


@pytest.fixture(scope="module")
def signed() -> Iterator[RunningSim]:
    with start_homelab(**SMALL, kubelets="signed") as sim:
        yield sim


@pytest.fixture(scope="module")
def self_signed() -> Iterator[RunningSim]:
    with start_homelab(**SMALL, kubelets="self-signed") as sim:
        yield sim


def kubelet(sim: RunningSim, node: str = NODE) -> Kubelet:
    status = sim.show("nodes", "", node)["status"]
    where = next(one["address"] for one in status["addresses"] if one["type"] == "InternalIP")
    return Kubelet(node, where, status["daemonEndpoints"]["kubeletEndpoint"]["Port"])


@asynccontextmanager
async def asking(
    sim: RunningSim,
    context: str,
    gate: OpenGate | None = None,
    change: Callable[[Target], Target] = lambda one: one,
    **more: Any,
) -> AsyncIterator[Kubelets]:
    file = sim.certified if context == "certified" else sim.kubeconfig
    gate = gate or OpenGate()
    connection = Connection(change(load_target(Access((str(file),), context))), gate=gate)
    kubelets = Kubelets(connection, gate, **more)
    try:
        yield kubelets
    finally:
        await kubelets.close()
        await connection.close()


async def read(sim: RunningSim, context: str, node: str = NODE, **more: Any) -> Listed:
    async with asking(sim, context, **more) as kubelets:
        return await kubelets.read(Request(SERVED, kubelet=kubelet(sim, node)))


def way(listed: Listed) -> set[str]:
    assert listed.error is None, listed.error
    assert listed.table["fault"].null_count == listed.table.num_rows, listed.table["fault"].to_pylist()
    assert listed.table.num_rows > 0
    return set(listed.table["way"].to_pylist())


def came(sim: RunningSim) -> int:
    return sum(sim.kubelets()["received"].values())


async def test_who_may_read_statistics_asks_the_kubelet_itself(signed):
    signed.reset_counts()
    before = came(signed)
    listed = await read(signed, "stats")
    assert way(listed) == {"direct"}
    assert came(signed) - before == 1
    assert received(signed, resource="nodes/proxy") == 0
    (call,) = (one for one in listed.operations if one.kind == "kubelet")
    assert (call.resource, call.status, call.sent) == ("nodes/stats", 200, 0)
    assert call.bytes > 0
    assert [one.kind for one in listed.operations] == ["review", "review", "kubelet"]


async def test_who_may_not_asks_through_the_server(signed):
    signed.reset_counts()
    before = came(signed)
    listed = await read(signed, "proxy")
    assert way(listed) == {"proxy"}
    assert came(signed) == before
    assert received(signed, resource="nodes/proxy") == 1
    assert [one.sent for one in listed.operations if one.kind == "kubelet"] == [1]


async def test_a_token_that_may_use_the_proxy_is_not_shown_to_a_node(signed):
    before = came(signed)
    assert way(await read(signed, "homelab")) == {"proxy"}
    assert came(signed) == before
    assert way(await read(signed, "homelab", access="direct")) == {"direct"}


async def test_a_client_certificate_is_shown_since_its_key_stays_here(signed):
    assert way(await read(signed, "certified")) == {"direct"}


async def test_both_ways_bring_the_same_rows(signed):
    tables = [(await read(signed, context)).table for context in ("stats", "proxy")]
    columns = ["namespace", "name", "node", "capacity", "used", "available", "inodes", "inodes_used"]
    assert tables[0].select(columns).to_pylist() == tables[1].select(columns).to_pylist()


async def test_no_credential_goes_to_a_kubelet_that_nobody_vouches_for(self_signed):
    for context, more in (("stats", {}), ("homelab", {"access": "direct"}), ("certified", {"access": "direct"})):
        listed = await read(self_signed, context, **more)
        (fault,) = listed.table["fault"].to_pylist()
        assert "certificate" in fault
        assert listed.table["hint"].to_pylist() == ["homeperf explain HP331"]
    assert came(self_signed) == 0


async def test_who_may_use_the_proxy_falls_back_to_it(self_signed):
    listed = await read(self_signed, "certified")
    assert way(listed) == {"proxy"}
    calls = [(one.resource, one.page) for one in listed.operations if one.kind == "kubelet"]
    assert calls == [("nodes/stats", 0), ("nodes/proxy", 1)]


async def test_a_certificate_for_another_address_is_refused(signed):
    """Something at the address of one node hands everything on to the kubelet of another, as a thief would."""
    genuine = kubelet(signed)

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(genuine.address, genuine.port)
        await asyncio.gather(pipe(reader, forth), pipe(back, writer), return_exceptions=True)

    async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            sink.write(data)
        sink.close()

    thief = await asyncio.start_server(hand_on, "127.0.0.2", 0)
    port = thief.sockets[0].getsockname()[1]
    before = came(signed)
    async with asking(signed, "stats") as kubelets:
        listed = await kubelets.read(Request(SERVED, kubelet=Kubelet(NODE, "127.0.0.2", port)))
    thief.close()
    (fault,) = listed.table["fault"].to_pylist()
    assert "certificate is for another name" in fault
    assert came(signed) == before


async def test_the_user_may_allow_what_is_not_verified(make_homelab):
    sim = make_homelab(**SMALL, kubelets="self-signed")
    assert way(await read(sim, "stats", insecure=True)) == {"direct"}
    assert came(sim) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda target: replace(target, trust=Trust(insecure=True)),
        lambda target: replace(target, impersonate=(("Impersonate-User", "somebody"),)),
    ],
    ids=["unverified", "impersonating"],
)
def test_what_bars_the_direct_way(signed, change):
    target = change(load_target(Access((str(signed.kubeconfig),), "stats")))
    assert barred(target, Credential(bearer("abc")), Rights(True, False), "auto", insecure=False)


def test_bars_in_words():
    target = Target("c", "https://a:6443", "default", "s", "i", Trust(ca=b"PEM"), Fixed())
    token, certificate = Credential(bearer("abc")), Credential(certificate=ClientCertificate(b"PEM", Secret("key")))
    may_both, may_stats = Rights(True, True), Rights(True, False)
    assert barred(target, token, may_stats, "auto", insecure=False) == ""
    assert barred(target, certificate, may_both, "auto", insecure=False) == ""
    assert "nodes/proxy" in barred(target, token, may_both, "auto", insecure=False)
    assert barred(target, token, may_both, "direct", insecure=False) == ""
    assert "no credentials" in barred(target, Credential(), may_stats, "auto", insecure=False)
    assert "passwords" in barred(target, Credential(Secret("Basic YTpi")), may_stats, "direct", insecure=True)
    system_roots = replace(target, trust=Trust())
    assert "authority" in barred(system_roots, certificate, may_both, "direct", insecure=False)
    assert barred(system_roots, certificate, may_both, "direct", insecure=True) == ""
    assert "through a proxy" in barred(replace(target, proxy="http://p"), token, may_stats, "auto", insecure=True)


def test_ways_in_their_order():
    both, none = Rights(True, True), Rights(False, False)
    assert ways("auto", both, "") == ("direct", "proxy")
    assert ways("auto", both, "a bar") == ("proxy",)
    assert ways("direct", both, "a bar") == ()
    assert ways("proxy", both, "") == ("proxy",)
    assert ways("auto", Rights(True, False), "") == ("direct",)
    assert ways("auto", none, "") == ()


@pytest.mark.parametrize(
    ("where", "port", "url"),
    [
        ("192.168.10.11", 10250, "https://192.168.10.11:10250"),
        ("fd00::11", 10250, "https://[fd00::11]:10250"),
        ("", 10250, ""),
        ("evil.example/@10.0.0.1", 10250, ""),
        ("node-1", 10250, ""),
        ("10.0.0.1", 0, ""),
        ("10.0.0.1", 70_000, ""),
    ],
)
def test_only_an_ip_address_and_a_port_are_gone_to(where: str, port: int, url: str):
    assert address(Kubelet("n", where, port)) == url


async def test_who_may_neither_is_told_so_once_and_nothing_is_sent(signed):
    signed.reset_counts()
    before = came(signed)
    listed = await read(signed, "limited")
    assert listed.error is not None
    assert listed.error.kind == "forbidden"
    assert "neither nodes/stats nor nodes/proxy" in listed.error.message
    assert came(signed) == before
    assert received(signed, resource="nodes/proxy") == 0


async def test_rights_are_asked_for_once_however_many_kubelets(signed):
    signed.reset_counts()
    requests = [Request(SERVED, kubelet=kubelet(signed, node)) for node in ("k8s-cp-1", "k8s-worker-1", "k8s-worker-2")]
    async with asking(signed, "stats") as kubelets:
        listed = await asyncio.gather(*map(kubelets.read, requests))
        await asyncio.gather(*map(kubelets.read, requests))
    assert all(one.error is None for one in listed)
    assert received(signed, verb="create") == 2


async def test_a_kubelet_that_hangs_is_given_up_and_holds_no_other(signed):
    number = signed.fault("kubelet", node=NODE)
    try:
        for context in ("stats", "proxy"):
            async with asking(signed, context, patience=0.5) as kubelets:
                hanging, well = await asyncio.gather(
                    kubelets.read(Request(SERVED, kubelet=kubelet(signed))),
                    kubelets.read(Request(SERVED, kubelet=kubelet(signed, "k8s-worker-2"))),
                )
            (fault,) = hanging.table["fault"].to_pylist()
            assert fault.startswith("its kubelet")
            assert "gave no answer within" in fault
            assert way(well)
    finally:
        signed.clear_faults(number)


async def test_a_node_that_has_gone_is_a_fault_of_its_own(make_homelab):
    sim = make_homelab(**SMALL, kubelets="signed")
    sim.fault("node", node=NODE)
    listed = await read(sim, "proxy")
    (fault,) = listed.table["fault"].to_pylist()
    assert "error trying to reach service" in fault
    assert listed.table["node"].to_pylist() == [NODE]


async def test_the_budget_counts_what_goes_through_the_server_and_hears_nothing_of_sick_kubelets(make_homelab):
    sim = make_homelab(**SMALL, kubelets="signed")
    gate = CountingGate()
    assert way(await read(sim, "proxy", gate=gate)) == {"proxy"}
    assert gate.acquired.count("kubelet nodes/proxy") == 1
    sim.fault("node", node=NODE)
    sick = CountingGate()
    await read(sim, "proxy", gate=sick)
    assert 503 not in {one.status for one in sick.heard}
    direct = CountingGate()
    assert way(await read(sim, "stats", "k8s-worker-2", gate=direct)) == {"direct"}
    assert not [kind for kind in direct.acquired if kind.startswith("kubelet")]


async def test_an_answer_without_end_is_given_up(server, target_of, connect):
    server.answer = lambda _: ok({"padding": "x" * 100_000})
    connection = connect(target_of(server.url))
    operation = Operation(kind="kubelet", started=0.0, resource="nodes/proxy")
    small = await connection.get("/api", operation=operation, backend=Backend(5.0, 1_000_000))
    assert small.error is None
    large = await connection.get("/api", operation=operation, backend=Backend(5.0, 1_000), once=True)
    assert large.error is not None
    assert large.body == b""


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b"[]", b'{"pods": 3}', b'{"pods": [{"volume": {}}]}', b"\xff\xfe"]
)
def test_what_is_no_summary_says_so(body: bytes):
    with pytest.raises(ValueError, match=r"^$"):
        measured("n", "proxy", body)


def test_odd_figures_become_what_a_column_can_hold():
    body = (
        b'{"pods":[{"podRef":{"name":"p","namespace":"a"},"volume":[{"name":"v","pvcRef":{"name":"c","namespace":"a"},'
        b'"usedBytes":18446744073709551615,"capacityBytes":-4096,"availableBytes":1e3,"inodes":null,"time":"soon"},'
        b'{"name":"config"},{"name":"x","pvcRef":{"name":"","namespace":"a"}}]},{"volume":null}]}'
    )
    (row,) = stats_table(measured("n", "direct", body)).to_pylist()
    assert row["used"] > 2**62
    assert (row["capacity"], row["available"], row["inodes"], row["taken"]) == (0, 1000, None, None)
    assert (row["namespace"], row["name"], row["pod"], row["node"], row["way"]) == ("a", "c", "p", "n", "direct")


@pytest.mark.parametrize("odd", ["", "A", "a" * 254, "a\n", "a b", "-a", "a/b", "\x1b[2J", "$(reboot)"])
def test_what_no_object_can_be_called_is_no_claim(odd: str):
    def volume(name: str, namespace: str) -> dict[str, Any]:
        return {"usedBytes": 1, "pvcRef": {"name": name, "namespace": namespace}}

    volumes = [volume(odd, "media"), volume("data", odd), volume("data-0.a", "media")]
    body = msgspec.json.encode({"pods": [{"podRef": {"name": odd, "namespace": "media"}, "volume": volumes}]})
    (row,) = measured("n", "direct", body)
    assert (row.namespace, row.name, row.pod) == ("media", "data-0.a", None)


def test_more_claims_than_a_node_can_have_are_no_summary():
    def body(count: int) -> bytes:
        volumes = [{"pvcRef": {"name": f"c{number}", "namespace": "a"}} for number in range(count)]
        return msgspec.json.encode({"pods": [{"volume": volumes}]})

    assert len(measured("n", "proxy", body(MOST_CLAIMS))) == MOST_CLAIMS
    with pytest.raises(ValueError, match=r"^$"):
        measured("n", "proxy", body(MOST_CLAIMS + 1))


SUMMARY = {
    "pods": [{"podRef": {"name": "p"}, "volume": [{"usedBytes": 1, "pvcRef": {"name": "c", "namespace": "media"}}]}]
}


def refusing(status: int, allowed: list[bool]) -> Any:
    """A server that says in reviews what is ``allowed`` (the last of them again and again); node ``bad`` refuses."""

    def answer(seen: Any) -> Any:
        if seen.method == "POST":
            may = allowed.pop(0) if len(allowed) > 1 else allowed[0]
            return reply(201, msgspec.json.encode({"status": {"allowed": may}}))
        return reply(status, b"Forbidden (user=kube-apiserver)") if "/bad/" in seen.path else ok(SUMMARY)

    return answer


@pytest.mark.parametrize("status", [401, 403])
async def test_a_kubelet_that_refuses_is_a_fault_of_its_own(server, target_of, connect, status: int):
    server.answer = refusing(status, [True])
    kubelets = Kubelets(connect(target_of(server.url)), OpenGate(), access="proxy")
    try:
        bad, good = [await kubelets.read(Request(SERVED, kubelet=Kubelet(node))) for node in ("bad", "good")]
    finally:
        await kubelets.close()
    assert bad.error is None
    assert bad.table["node"].to_pylist() == ["bad"]
    assert bad.table["fault"].null_count == 0
    assert way(good) == {"proxy"}
    assert sum(one.method == "POST" for one in server.seen) == 2


async def test_a_refusal_after_a_while_is_a_reason_to_ask_what_the_user_may(server, target_of, connect, monkeypatch):
    monkeypatch.setattr("homeperf_ray.kube.kubelets.AGAIN_SECONDS", 0.0)
    server.answer = refusing(403, [True, True, False])
    kubelets = Kubelets(connect(target_of(server.url)), OpenGate(), access="proxy")
    try:
        listed = await kubelets.read(Request(SERVED, kubelet=Kubelet("bad")))
    finally:
        await kubelets.close()
    assert listed.error is not None
    assert "may not get nodes/proxy" in listed.error.message
    assert sum(one.method == "POST" for one in server.seen) == 4


async def test_a_server_that_does_not_say_what_the_user_may_is_not_asked_by_each_kubelet(server, target_of, connect):
    server.answer = lambda _: reply(403, b"{}")
    kubelets = Kubelets(connect(target_of(server.url)), OpenGate(), access="proxy")
    try:
        reads = (kubelets.read(Request(SERVED, kubelet=Kubelet(f"n{number}"))) for number in range(20))
        listed = await asyncio.gather(*reads)
    finally:
        await kubelets.close()
    assert {one.error.kind for one in listed if one.error} == {"forbidden"}
    assert len(server.seen) == 2


async def test_no_kubelet_makes_a_credential_be_renewed(server, target_of, connect):
    connection = connect(target_of(server.url))
    renewals: list[Credential] = []

    async def renewed(rejected: Credential, deadline: float | None) -> bool:
        renewals.append(rejected)
        return False

    connection.identity.renewed = renewed
    server.answer = refusing(401, [True])
    kubelets = Kubelets(connection, OpenGate(), access="proxy")
    try:
        await kubelets.read(Request(SERVED, kubelet=Kubelet("bad")))
    finally:
        await kubelets.close()
    assert renewals == []


async def test_a_summary_that_cannot_be_understood_is_a_fault(server, target_of, connect):
    def answer(seen: Any) -> Any:
        return reply(201, b'{"status":{"allowed":true}}') if seen.method == "POST" else ok({"kind": "Nonsense"})

    server.answer = answer
    connection = connect(target_of(server.url))
    kubelets = Kubelets(connection, OpenGate(), access="proxy")
    try:
        listed = await kubelets.read(Request(SERVED, kubelet=Kubelet("n")))
    finally:
        await kubelets.close()
    assert listed.table["fault"].to_pylist() == ["what its kubelet tells could not be understood"]
