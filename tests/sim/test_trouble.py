from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from bisect import bisect_right
from collections import Counter
from datetime import UTC, datetime
from random import Random

import pytest

from homeperf_ray.sim.apis import Apis
from homeperf_ray.sim.churn import Churn
from homeperf_ray.sim.content.homelab import Homelab
from homeperf_ray.sim.faults import Faults, Rule, Target
from homeperf_ray.sim.options import Options
from homeperf_ray.sim.process import RunningSim, SimError
from homeperf_ray.sim.rates import Rates
from homeperf_ray.sim.upkeep import Upkeep
from tests.sim.api import Api

SMALL = {"nodes": 6, "namespaces": 12, "pods": 120, "pvcs": 10}


def eventually(condition, seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.fixture
def world(make_homelab) -> RunningSim:
    return make_homelab(**SMALL)


def watch(api: Api, path: str, query: str = "") -> tuple[http.client.HTTPSConnection, http.client.HTTPResponse]:
    connection = api.connect()
    connection.request("GET", f"{path}?watch=1&timeoutSeconds=30{query}", headers=api.headers())
    return connection, connection.getresponse()


def ready(pod) -> bool:
    conditions = {one["type"]: one["status"] for one in pod["status"].get("conditions", ())}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def assert_controllers_count_their_pods(api: Api) -> None:
    counted = Counter(
        pod["metadata"]["ownerReferences"][0]["uid"] for pod in api.get("/api/v1/pods").json["items"] if ready(pod)
    )
    sets = api.get("/apis/apps/v1/replicasets").json["items"]
    for item in (*sets, *api.get("/apis/apps/v1/statefulsets").json["items"]):
        assert item["status"].get("readyReplicas", 0) == counted[item["metadata"]["uid"]], item["metadata"]["name"]
    for item in api.get("/apis/apps/v1/daemonsets").json["items"]:
        assert item["status"]["numberReady"] == counted[item["metadata"]["uid"]]
    of = Counter()
    for item in sets:
        of[item["metadata"]["ownerReferences"][0]["uid"]] += item["status"].get("readyReplicas", 0)
    for item in api.get("/apis/apps/v1/deployments").json["items"]:
        said = item["status"].get("readyReplicas", 0)
        assert said == of[item["metadata"]["uid"]]
        assert said + item["status"].get("unavailableReplicas", 0) == item["spec"]["replicas"]


def assert_endpoints_follow_their_pods(api: Api) -> None:
    pods = {pod["metadata"]["uid"]: pod for pod in api.get("/api/v1/pods").json["items"]}
    for item in api.get("/apis/discovery.k8s.io/v1/endpointslices").json["items"]:
        for one in item.get("endpoints") or ():
            if "targetRef" in one:
                pod = pods[one["targetRef"]["uid"]]
                assert pod["metadata"]["name"] == one["targetRef"]["name"]
                assert one["addresses"] == [pod["status"]["podIP"]]
                assert one["conditions"]["ready"] == ready(pod)


def test_a_share_of_requests_fails_and_the_seed_says_which():
    target = Target(user="admin", verb="list", resource="pods", namespace="", path="/api/v1/pods")
    rule = Rule(kind="status", status=503, share=0.3)
    runs = [
        [bool(faults.meet(target)) for _ in range(400)] for faults in (Faults([rule], seed=1), Faults([rule], seed=1))
    ]
    assert runs[0] == runs[1]
    assert 80 < sum(runs[0]) < 160
    assert [bool(Faults([rule], seed=2).meet(target)) for _ in range(400)] != runs[0]


def test_a_body_that_stalls_goes_on_after_a_while_or_never(sim, api):
    whole = api.get("/api/v1/nodes").body
    sim.fault("stall", resource="nodes", seconds=0.3, times=1)
    began = time.monotonic()
    assert api.get("/api/v1/nodes").body == whole
    assert time.monotonic() - began >= 0.3
    sim.fault("stall", resource="nodes", times=1)
    connection = api.connect(timeout=0.5)
    connection.request("GET", "/api/v1/nodes", headers=api.headers())
    answer = connection.getresponse()
    assert answer.read(len(whole) // 2) == whole[: len(whole) // 2]
    with pytest.raises(TimeoutError):
        answer.read(1)
    connection.close()


def test_a_body_that_drips(sim, api):
    size = len(api.get("/api/v1/namespaces/media").body)
    sim.fault("drip", resource="namespaces", rate=size * 2)
    began = time.monotonic()
    assert len(api.get("/api/v1/namespaces/media").body) == size
    assert 0.4 <= time.monotonic() - began < 5


def test_a_watch_that_is_cut_in_the_middle_of_an_event(sim, api):
    sim.fault("truncated", resource="nodes", verb="watch")
    connection, answer = watch(api, "/api/v1/nodes")
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()


def test_a_watch_that_falls_silent(sim, api):
    sim.fault("stall", resource="nodes", verb="watch")
    connection, answer = watch(api, "/api/v1/nodes")
    connection.sock.settimeout(0.5)
    with pytest.raises(TimeoutError):
        answer.read()
    connection.close()


def test_a_watch_that_is_closed_early_ends_cleanly(sim, api):
    version = api.get("/api/v1/nodes").json["metadata"]["resourceVersion"]
    sim.fault("closed", resource="nodes", seconds=0.2)
    connection, answer = watch(api, "/api/v1/nodes", f"&resourceVersion={version}")
    began = time.monotonic()
    assert answer.read() == b""
    assert time.monotonic() - began < 10
    connection.close()
    assert api.get("/api/v1/nodes").status == 200


def test_everything_is_compacted(world):
    api = Api(world)
    first = api.get("/api/v1/pods", limit=5).json["metadata"]
    world.compact()
    assert api.get("/api/v1/pods", limit=5, **{"continue": first["continue"]}).status == 410
    connection, answer = watch(api, "/api/v1/pods", f"&resourceVersion={first['resourceVersion']}")
    event = json.loads(answer.readline())
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)
    connection.close()
    number = world.fault("compacted", seconds=0.05)
    version = api.get("/api/v1/pods", limit=1).json["metadata"]["resourceVersion"]
    assert eventually(lambda: api.get("/api/v1/pods", limit=1).json["metadata"]["resourceVersion"] != version)
    world.clear_faults(number)


def test_a_certificate_that_expires_and_is_renewed(world):
    api = Api(world)
    kept = api.connect()
    kept.request("GET", "/version", headers=api.headers())
    kept.getresponse().read()
    number = world.fault("certificate")
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        api.get("/version")
    kept.request("GET", "/version", headers=api.headers())
    assert kept.getresponse().status == 200, "a connection that was there before goes on"
    kept.close()
    world.clear_faults(number)
    assert api.get("/version").status == 200


def test_a_node_goes_away_and_comes_back(world):
    api = Api(world)
    name = "k8s-worker-1"
    before = {pod["metadata"]["uid"]: ready(pod) for pod in api.get("/api/v1/pods").json["items"]}
    measured = len(api.get("/apis/metrics.k8s.io/v1beta1/pods").json["items"])
    number = world.fault("node", node=name)
    node = api.get(f"/api/v1/nodes/{name}").json
    assert {one["status"] for one in node["status"]["conditions"]} == {"Unknown"}
    assert {one["key"] for one in node["spec"]["taints"]} >= {"node.kubernetes.io/unreachable"}
    mine = api.get("/api/v1/pods", fieldSelector=f"spec.nodeName={name}").json["items"]
    assert mine
    assert not any(ready(pod) for pod in mine)
    assert api.get(f"/apis/metrics.k8s.io/v1beta1/nodes/{name}").status == 404
    assert len(api.get("/apis/metrics.k8s.io/v1beta1/pods").json["items"]) < measured
    assert_controllers_count_their_pods(api)
    assert_endpoints_follow_their_pods(api)
    with pytest.raises(SimError, match="away already"):
        world.fault("node", node=name)
    world.clear_faults(number)
    node = api.get(f"/api/v1/nodes/{name}").json
    assert {one["type"]: one["status"] for one in node["status"]["conditions"]}["Ready"] == "True"
    assert "node.kubernetes.io/unreachable" not in {one["key"] for one in node["spec"].get("taints", ())}
    assert {pod["metadata"]["uid"]: ready(pod) for pod in api.get("/api/v1/pods").json["items"]} == before
    assert len(api.get("/apis/metrics.k8s.io/v1beta1/pods").json["items"]) == measured
    assert_controllers_count_their_pods(api)
    assert_endpoints_follow_their_pods(api)


def test_pods_are_evicted_from_a_node_that_stays_away(world):
    api = Api(world)
    name = "k8s-cp-2"
    number = world.fault("node", node=name, seconds=0.1, evict=0.1)
    lost = {"fieldSelector": f"spec.nodeName={name}"}
    assert eventually(
        lambda: any("deletionTimestamp" in pod["metadata"] for pod in api.get("/api/v1/pods", **lost).json["items"])
    )
    gone = [pod for pod in api.get("/api/v1/pods", **lost).json["items"] if "deletionTimestamp" in pod["metadata"]]
    assert {pod["status"]["reason"] for pod in gone} == {"NodeLost"}
    owners = {pod["metadata"]["ownerReferences"][0]["uid"] for pod in gone}
    elsewhere = [
        pod
        for pod in api.get("/api/v1/pods").json["items"]
        if pod["metadata"]["ownerReferences"][0]["uid"] in owners and pod["spec"].get("nodeName") != name
    ]
    assert len(elsewhere) >= len(gone)
    assert_controllers_count_their_pods(api)
    world.clear_faults(number)
    assert not [
        pod for pod in api.get("/api/v1/pods", **lost).json["items"] if pod["status"].get("reason") == "NodeLost"
    ]
    assert_controllers_count_their_pods(api)


def test_pods_of_stateful_sets_wait_for_the_node(world):
    api = Api(world)

    def of_stateful_sets(**query):
        pods = api.get("/api/v1/pods", **query).json["items"]
        return [pod for pod in pods if pod["metadata"]["ownerReferences"][0]["kind"] == "StatefulSet" and ready(pod)]

    name = of_stateful_sets()[0]["spec"]["nodeName"]
    mine = {pod["metadata"]["name"]: pod for pod in of_stateful_sets(fieldSelector=f"spec.nodeName={name}")}
    number = world.fault("node", node=name, seconds=0.1, evict=0.1)

    def as_it_is(pod):
        meta = pod["metadata"]
        return api.get(f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}").json

    assert eventually(lambda: all("deletionTimestamp" in as_it_is(pod)["metadata"] for pod in mine.values()))
    assert {as_it_is(pod)["metadata"]["uid"] for pod in mine.values()} == {
        pod["metadata"]["uid"] for pod in mine.values()
    }
    world.clear_faults(number)
    for pod in mine.values():
        assert as_it_is(pod)["metadata"]["uid"] != pod["metadata"]["uid"]
    assert eventually(lambda: all(ready(as_it_is(pod)) for pod in mine.values()), 30)
    assert_controllers_count_their_pods(api)
    assert_endpoints_follow_their_pods(api)


def test_live_nodes_renew_their_leases(world):
    api = Api(world)
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"

    def renewed():
        return {item["metadata"]["name"]: item["spec"]["renewTime"] for item in api.get(path).json["items"]}

    before = renewed()
    nodes = api.get("/api/v1/nodes").json["items"]
    assert before.keys() == {node["metadata"]["name"] for node in nodes}
    lost = {
        node["metadata"]["name"]
        for node in nodes
        if any(one["type"] == "Ready" and one["status"] == "Unknown" for one in node["status"]["conditions"])
    }
    assert lost
    silent = next(name for name in before if name not in lost)
    number = world.fault("node", node=silent, seconds=600)
    before = renewed()
    live = before.keys() - lost - {silent}
    assert eventually(lambda: all(renewed()[name] > before[name] for name in live), 60)
    assert {name for name, time in renewed().items() if time == before[name]} == {silent, *lost}
    for time_ in renewed().values():
        assert datetime.fromisoformat(time_) <= datetime.now(UTC)
    world.clear_faults(number)
    assert eventually(lambda: renewed()[silent] > before[silent], 60)


def test_churn_lives_on_when_somebody_makes_a_mess(world):
    world.put("nodes", "", "k8s-cp-1", {"spec": {}})
    world.put("persistentvolumeclaims", "media", "odd", {"spec": {}})
    for pod in Api(world).get("/api/v1/pods").json["items"]:
        world.put("pods", pod["metadata"]["namespace"], pod["metadata"]["name"], {"spec": {}})
    before = world.churn(500)["written"]
    assert eventually(lambda: world.churn(500)["written"] > before + 100, 30)


def test_a_node_that_there_is_not(world, make_homelab):
    with pytest.raises(SimError, match="no node 'nowhere'"):
        world.fault("node", node="nowhere")
    with pytest.raises(SimError, match="no node 'nowhere'"):
        make_homelab(**SMALL, faults=[Rule(kind="node", node="nowhere")])


def test_churn_keeps_objects_in_step(world):
    api = Api(world)
    before = {item["metadata"]["uid"] for item in api.get("/api/v1/pods").json["items"]}
    world.churn(1_000)
    assert eventually(lambda: world.churn(1_000)["written"] > 1_500, 30)
    written = world.churn(0)["by_resource"]
    assert {
        "pods",
        "deployments.apps",
        "persistentvolumeclaims",
        "cephclusters.ceph.rook.io",
        "events",
    } <= written.keys()
    assert {"gitrepositories.source.toolkit.fluxcd.io", "kustomizations.kustomize.toolkit.fluxcd.io"} <= written.keys()
    pods = api.get("/api/v1/pods").json["items"]
    assert len(pods) == len(before)
    assert {item["metadata"]["uid"] for item in pods} != before
    assert_controllers_count_their_pods(api)
    assert_endpoints_follow_their_pods(api)
    version = api.get("/api/v1/pods", limit=1).json["metadata"]["resourceVersion"]
    time.sleep(0.2)
    assert api.get("/api/v1/pods", limit=1).json["metadata"]["resourceVersion"] == version


def test_the_same_seed_gives_the_same_churn():
    now = datetime(2026, 3, 1, tzinfo=UTC)

    def story(seed: int) -> list[tuple[str, str]]:
        store = Homelab(Options(**SMALL), Apis(34), now).store()
        first = store.version
        churn = Churn(Upkeep(store, lambda: now), Random(seed))
        for _ in range(60):
            churn.step()
        changes = [change for resource in ("pods", "nodes", "events") for change in store.changes(resource, first)]
        return [(change.resource, change.key) for change in sorted(changes, key=lambda change: change.version)]

    assert story(7) == story(7)
    assert story(7) != story(8)


def test_requests_are_counted_in_windows_and_one_by_one(sim, api):
    connection = api.connect()
    for path in ("/api/v1/nodes", "/api/v1/pods?limit=1", "/api/v1/pods?limit=1"):
        connection.request("GET", path, headers=api.headers())
        connection.getresponse().read()
    connection.close()
    highest = sim.counts()["highest"]
    assert highest["all"]["10"] == 3
    assert highest["by_resource"]["pods"]["10"] == 2
    assert highest["by_verb"]["list"]["10"] == highest["by_user"]["admin"]["10"] == 3
    told = sim.arrivals(resource="pods")
    assert told["dropped"] == 0
    assert [one["verb"] for one in told["arrivals"]] == ["list", "list"]
    assert told["arrivals"][0]["time"] <= told["arrivals"][1]["time"] <= time.monotonic()
    sim.reset_counts()
    assert sim.arrivals()["arrivals"] == []


def test_counts_are_read_by_prometheus(sim, api):
    api.get("/api/v1/nodes")
    raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    raw.connect(str(sim.admin_socket))
    raw.sendall(b"GET /metrics HTTP/1.0\r\nHost: sim\r\n\r\n")
    text = b"".join(iter(lambda: raw.recv(65_536), b"")).decode()
    raw.close()
    assert "text/plain; version=0.0.4" in text
    row = 'homelab_requests_total{user="admin",verb="list",resource="nodes",namespace="",path=""} 1'
    assert row in text.splitlines()
    assert 'homelab_requests_window_max{window="0.1"} 1' in text.splitlines()
    types = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(types) == len(set(types))


def test_the_highest_number_in_any_window_is_exact():
    rng, rates, now, times = Random(1), Rates(), 0.0, []
    for _ in range(9_000):
        now += rng.expovariate(400) if rng.random() < 0.98 else 0.5
        times.append(now)
        rates.arrived(now, "admin", "get", "pods")
    highest = rates.report()["by_user"]["admin"]
    for window in (0.1, 1.0, 10.0):
        counted = max(last - bisect_right(times, time - window) + 1 for last, time in enumerate(times))
        assert highest[f"{window:g}"] == counted
