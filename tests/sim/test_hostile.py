"""Requests that nobody should send: answered in the words of Kubernetes, within limits, and the server lives on."""

from __future__ import annotations

import gzip
import json
import socket

import pytest

from homeperf_ray.sim.counts import MORE, ROWS, Counts
from homeperf_ray.sim.process import SimError
from homeperf_ray.sim.store import Store
from tests.sim.api import Api

MAPS = "/api/v1/namespaces/media/configmaps"
PODS = "/api/v1/namespaces/media/pods"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
JSON = "application/json"
MERGE, STRATEGIC, PATCH = (f"application/{kind}-patch+json" for kind in ("merge", "strategic-merge", "json"))
PROTOBUF = "application/vnd.kubernetes.protobuf"


@pytest.fixture
def made(api: Api):
    """A ConfigMap to be hostile to."""
    api.request("POST", MAPS, body=b'{"metadata": {"name": "target"}, "data": {"a": "1"}}')
    yield f"{MAPS}/target"
    api.request("DELETE", f"{MAPS}/target")


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize(
    ("path", "kind", "body", "status"),
    [
        (MAPS, JSON, b'{"metadata": {"name": 5}}', 400),
        (MAPS, JSON, b'{"metadata": {"name": {"a": 1}}}', 400),
        (MAPS, JSON, b'{"metadata": {"generateName": 5}}', 400),
        (MAPS, JSON, b'{"metadata": "x"}', 400),
        (MAPS, JSON, b'{"metadata": {"name": "x", "labels": [1]}}', 400),
        (MAPS, JSON, b'{"metadata": {"name": "x", "labels": {"a": 1}}}', 400),
        (MAPS, JSON, b'{"metadata": {"name": "x", "finalizers": "x"}}', 400),
        (MAPS, JSON, b'{"metadata": {"name": "x", "ownerReferences": "x"}}', 400),
        (MAPS, JSON, b'{"metadata": {"name": "x", "creationTimestamp": "x"}}', 400),
        (MAPS, JSON, b'{"metadata": {"name": "x"}, "data": {"a": 1}}', 400),
        (MAPS, JSON, b'{"metadata": {"name": "a\\u0000b"}}', 422),
        (MAPS, JSON, b'{"metadata": {"name": "a/b"}}', 422),
        (MAPS, JSON, b'{"metadata": {"name": "%s"}}' % (b"a" * 300), 422),
        (MAPS, JSON, b"null", 422),
        (MAPS, JSON, b"[]", 400),
        (MAPS, JSON, b"[" * 100_000, 400),
        (MAPS, JSON, b'{"metadata": {"name": "x"}, "data": %s}' % nested(100_000), 400),
        (MAPS, "application/yaml", b"a: &a [x]\nb: *a\nmetadata: [", 400),
        (MAPS, PROTOBUF, b"k8s\x00" + b"\xff" * 100_000, 400),
        (PODS, JSON, b'{"metadata": {"name": "x"}, "spec": []}', 400),
        (PODS, JSON, b'{"metadata": {"name": "x"}, "spec": {"containers": "x"}}', 400),
        (PODS, JSON, b'{"metadata": {"name": "x"}, "spec": {"containers": ["x"]}}', 400),
        ("/api/v1/namespaces/media/secrets", JSON, b'{"metadata": {"name": "x"}, "stringData": {"a": 1}}', 400),
        ("/api/v1/namespaces", JSON, b'{"metadata": {"name": "with.dots"}}', 422),
        (REVIEWS, JSON, b'{"spec": {"resourceAttributes": "x"}}', 400),
        (REVIEWS, PROTOBUF, b"k8s\x00" + b"\xff" * 100_000, 400),
    ],
)
def test_what_is_no_object_is_refused(api, path, kind, body, status):
    answer = api.request("POST", path, headers={"Content-Type": kind}, body=body)
    assert answer.status == status, answer.body[:300]
    assert answer.json["kind"] == "Status"


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (MERGE, b"null", 400),
        (MERGE, b'{"metadata": null}', 400),
        (MERGE, b'{"metadata": {"name": 5}}', 422),
        (MERGE, b'{"data": %s}' % nested(900), 422),
        (STRATEGIC, b'"x"', 400),
        (STRATEGIC, b'{"metadata": {"$retainKeys": 5}}', 422),
        (STRATEGIC, b'{"metadata": {"$deleteFromPrimitiveList/name": 5}}', 422),
        (PATCH, b"5", 400),
        (PATCH, b'{"op": "add"}', 400),
        (PATCH, b'[{"op": "add", "path": 5, "value": 1}]', 422),
        (PATCH, b'[{"op": "remove", "path": ""}]', 422),
        (PATCH, json.dumps([{"op": "test", "path": "/data/a", "value": "1"}] * 10_001).encode(), 413),
        (PATCH, json.dumps([{"op": "copy", "from": "/data", "path": f"/data/{n}"} for n in range(60)]).encode(), 422),
    ],
)
def test_what_is_no_patch_is_refused(api, made, kind, body, status):
    answer = api.request("PATCH", made, headers={"Content-Type": kind}, body=body)
    assert answer.status == status, answer.body[:300]
    assert api.get(made).json["data"] == {"a": "1"}


def test_yaml_aliases_do_not_multiply(api):
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
    body = "\n".join([*lines, "metadata: {name: bomb}"]).encode()
    answer = api.request("POST", MAPS, headers={"Content-Type": "application/yaml"}, body=body)
    assert answer.status == 400
    assert "excessive aliasing" in answer.json["message"]


def test_large_bodies_are_refused_and_large_ones_within_the_limit_taken(api):
    large = json.dumps({"metadata": {"name": "large"}, "data": {"text": "x" * (2 << 20)}}).encode()
    assert api.request("POST", MAPS, headers={"Expect": "100-continue"}, body=large).status == 201
    api.request("DELETE", f"{MAPS}/large")
    answer = api.request("POST", MAPS, body=large + b" " * (2 << 20))
    assert answer.status == 413
    assert answer.json["reason"] == "RequestEntityTooLarge"


def test_compressed_bodies_are_not_unpacked(api):
    bomb = gzip.compress(b" " * (64 << 20))
    answer = api.request("POST", MAPS, headers={"Content-Encoding": "gzip"}, body=bomb)
    assert answer.status == 400


@pytest.mark.parametrize("name", ["%2e", "%2e%2e", "a%25b"])
def test_names_that_are_no_names(api, name):
    answer = api.get(f"{MAPS}/{name}")
    assert answer.status == 400
    assert answer.json["message"].startswith("Name parameter invalid")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=%2B1", 200),
        ("limit=1_0", 400),
        ("limit=%201", 400),
        ("limit=%D9%A3", 400),
        ("limit=" + "9" * 10_000, 400),
        ("timeoutSeconds=" + "9" * 30, 400),
        ("resourceVersion=%D9%A3", 500),
        ("resourceVersion=%C2%B2", 500),
        ("resourceVersion=" + "9" * 10_000, 500),
        ("limit=1&continue=" + "A" * 100_000, 400),
    ],
)
def test_numbers_are_read_as_go_reads_them(api, query, status):
    answer = api.request("GET", f"{MAPS}?{query}")
    assert answer.status == status, answer.body[:300]


def test_a_log_is_asked_for_in_numbers(api, sim):
    pod = next(item for item in api.get("/api/v1/pods").json["items"] if item["status"]["phase"] == "Running")
    path = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}/log"
    first = pod["spec"]["containers"][0]["name"]
    assert api.get(path, container=first, tailLines="x").status == 400
    assert api.get(path, container=first, tailLines="-1").status == 422
    assert api.get(path, container=first, limitBytes="0").status == 422
    line = api.get(path, container=first, tailLines="1", timestamps="true").body.decode()
    assert line.startswith("20")
    assert line.count("\n") == 1


def raw(api: Api, data: bytes) -> bytes:
    """What comes back until the server closes the connection."""
    plain = socket.create_connection((api.address.hostname, api.address.port), timeout=30)
    with api.tls.wrap_socket(plain, server_hostname=api.address.hostname) as connection:
        connection.sendall(data)
        found = b""
        while chunk := connection.recv(65_536):
            found += chunk
        return found


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\x00\x01garbage\r\n\r\n", b"400 Bad Request"),
        (b"GET /version HTTP/1.1\r\n\r\n", b"400 Bad Request"),
        (b"GET /version HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n", b"400 Bad Request"),
        (b"GET /version HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (2 << 20) + b"\r\n\r\n", b"431 "),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"403 "),
        (b"GET //api/v1/pods HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"403 "),
        (b"GET /version?" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"200 OK"),
    ],
)
def test_broken_http_gets_few_words(sim, api, request_, status):
    before = sim.counts()["in_flight"]
    answer = raw(api, request_)
    assert sim.counts()["in_flight"] == before
    assert answer.split(b" ", 1)[1].startswith(status)
    assert b"aiohttp" not in answer
    assert b"Python" not in answer
    assert api.get("/readyz").body == b"ok"


def test_answers_do_not_say_what_they_were_made_with(api):
    assert "Server" not in api.get("/version").headers
    assert "Server" not in api.get(MAPS, watch="1", timeoutSeconds="1").headers


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"metadata": 5}, "metadata"),
        ({"metadata": {"labels": [1]}}, "labels"),
        ({"metadata": {"labels": {"a": 1}}}, "labels"),
    ],
)
def test_the_admin_socket_says_what_is_wrong(sim, patch, message):
    before = sim.show("nodes", "", "k8s-cp-1")
    with pytest.raises(SimError, match=message):
        sim.patch("nodes", "", "k8s-cp-1", patch)
    assert sim.show("nodes", "", "k8s-cp-1") == before


def test_the_admin_socket_writes_where_it_was_told_to(make_homelab):
    sim = make_homelab(nodes=2, namespaces=5, pods=12, pvcs=0)
    sim.patch("nodes", "", "k8s-cp-1", {"metadata": {"name": "elsewhere"}, "spec": {"unschedulable": True}})
    assert sim.show("nodes", "", "k8s-cp-1")["spec"]["unschedulable"]
    with pytest.raises(SimError, match="no nodes/-/elsewhere"):
        sim.show("nodes", "", "elsewhere")
    assert sim.admin_socket.stat().st_mode & 0o777 == 0o600
    assert sim.directory.stat().st_mode & 0o777 == 0o700


def test_paths_that_nobody_serves_take_no_memory():
    store = Store({}, oldest=1, version=1)
    for number in range(100):
        assert len(store.collection(f"made-up-{number}")) == 0
    assert store._collections == {}
    counts = Counts()
    for number in range(ROWS + 50):
        counts.ended(counts.arrived("u", "get", "", "", f"/{number}/" + "x" * 10_000), 404, 1)
    report = counts.report()
    assert report["total"] == ROWS + 50
    assert len(report["requests"]) == ROWS + 1
    assert {row["count"] for row in report["requests"] if row["user"] == MORE} == {50}
    assert max(len(row["path"]) for row in report["requests"]) < 300
