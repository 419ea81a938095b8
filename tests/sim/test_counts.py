from __future__ import annotations

import socket
import threading
import time

from tests.homelab import lists, received


def test_every_request_is_counted_by_user_verb_resource_and_namespace(sim, api, limited):
    api.get("/version")
    api.get("/apis/apps/v1")
    api.get("/api/v1/pods", limit=100)
    api.get("/api/v1/namespaces/media/pods")
    api.get("/apis/apps/v1/deployments")
    api.get("/api/v1/nodes/k8s-cp-1")
    limited.get("/api/v1/nodes")
    counts = sim.counts()
    rows = {
        (row["user"], row["verb"], row["resource"], row["namespace"], row["path"]): row["statuses"]
        for row in counts["requests"]
    }
    assert rows == {
        ("admin", "get", "", "", "/version"): {"200": 1},
        ("admin", "get", "", "", "/apis/apps/v1"): {"200": 1},
        ("admin", "list", "pods", "", ""): {"200": 1},
        ("admin", "list", "pods", "media", ""): {"200": 1},
        ("admin", "list", "deployments.apps", "", ""): {"200": 1},
        ("admin", "get", "nodes", "", ""): {"200": 1},
        ("limited", "list", "nodes", "", ""): {"403": 1},
    }
    assert counts["total"] == 7
    assert counts["by_user"] == {"admin": 6, "limited": 1}
    assert counts["by_verb"] == {"get": 3, "list": 4}
    assert counts["by_resource"] == {"": 2, "pods": 2, "deployments.apps": 1, "nodes": 2}
    assert counts["statuses"] == {"200": 6, "403": 1}
    assert lists(sim) == {"pods": 2, "deployments.apps": 1, "nodes": 1}
    assert received(sim, verb="list", resource="pods") == 2


def test_bytes_are_those_of_the_bodies(sim, api):
    expected = len(api.get("/api/v1/pods").body) + len(api.get("/version").body)
    counts = sim.counts()
    assert counts["bytes"] == expected
    assert sum(row["bytes"] for row in counts["requests"]) == expected


def test_refused_tokens_are_counted_without_a_user(sim, api):
    api.token = "wrong"
    api.get("/api/v1/pods")
    assert received(sim, user="", resource="pods") == 1
    assert sim.counts()["statuses"] == {"401": 1}


def test_reset_begins_anew(sim, api):
    api.get("/version")
    sim.reset_counts()
    assert sim.counts()["total"] == 0
    assert sim.counts()["requests"] == []


def test_requests_cut_by_their_client_count(sim, api):
    sim.fault("hang", resource="pods")
    sent = 5
    for _ in range(sent):
        raw = api.tls.wrap_socket(
            socket.create_connection((api.address.hostname, api.address.port)), server_hostname="localhost"
        )
        raw.sendall(f"GET /api/v1/pods HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n\r\n".encode())
        raw.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        counts = sim.counts()
        if counts["total"] == sent and counts["in_flight"] == 0:
            break
        time.sleep(0.02)
    assert counts["total"] == sent
    assert counts["in_flight"] == 0
    assert counts["statuses"] == {"0": sent}


def test_requests_in_flight_are_seen(sim, api):
    sim.fault("latency", seconds=0.5, resource="nodes")
    threads = [threading.Thread(target=api.get, args=("/api/v1/nodes",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while sim.counts()["in_flight"] < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    seen = sim.counts()
    for thread in threads:
        thread.join()
    assert seen["in_flight"] == seen["max_in_flight"] == 4
    assert sim.counts()["in_flight"] == 0


def test_a_kept_connection_is_one_connection(sim, api):
    connection = api.connect()
    for _ in range(3):
        connection.request("GET", "/version", headers=api.headers())
        connection.getresponse().read()
    connection.close()
    counts = sim.counts()
    assert (counts["total"], counts["connections"]) == (3, 1)
