from __future__ import annotations

import json
import time

from tests.homelab import received


def watch(api, path="/api/v1/nodes", *, accept="application/json", **query):
    answer = api.get(path, accept=accept, watch="true", **query)
    assert answer.status == 200
    return [json.loads(line) for line in answer.body.splitlines()]


def test_without_a_version_a_watch_begins_with_what_is_there(sim, api):
    events = watch(api, timeoutSeconds=1)
    assert [event["type"] for event in events] == ["ADDED"] * 6
    assert [event["object"]["kind"] for event in events] == ["Node"] * 6
    assert received(sim, verb="watch", resource="nodes") == 1


def test_from_the_listed_version_on_there_is_nothing_new_but_a_bookmark(api):
    version = api.get("/api/v1/nodes").json["metadata"]["resourceVersion"]
    assert watch(api, resourceVersion=version, timeoutSeconds=1) == []
    (event,) = watch(api, resourceVersion=version, timeoutSeconds=1, allowWatchBookmarks="true")
    assert (event["type"], event["object"]["kind"]) == ("BOOKMARK", "Node")
    assert int(event["object"]["metadata"]["resourceVersion"]) >= int(version)


def test_a_watch_lasts_as_long_as_it_was_asked_to(api):
    version = api.get("/api/v1/nodes").json["metadata"]["resourceVersion"]
    began = time.monotonic()
    watch(api, resourceVersion=version, timeoutSeconds=1)
    assert time.monotonic() - began >= 1


def test_a_version_that_is_compacted_away_is_an_error_event(api):
    (event,) = watch(api, resourceVersion=5, timeoutSeconds=1)
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


def test_initial_events_end_with_a_marked_bookmark(api):
    version = api.get("/api/v1/nodes").json["metadata"]["resourceVersion"]
    query = {"sendInitialEvents": "true", "allowWatchBookmarks": "true", "resourceVersion": version}
    events = watch(api, **query, resourceVersionMatch="NotOlderThan", timeoutSeconds=1)
    assert [event["type"] for event in events] == ["ADDED"] * 6 + ["BOOKMARK"] * 2
    assert events[6]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_selectors_and_namespaces_apply_to_watches(api):
    events = watch(api, "/api/v1/namespaces/kube-system/pods", labelSelector="k8s-app=kube-dns", timeoutSeconds=1)
    assert len(events) == 2
    named = events[0]["object"]["metadata"]["name"]
    events = watch(api, "/api/v1/pods", fieldSelector=f"metadata.name={named}", timeoutSeconds=1)
    assert [event["object"]["metadata"]["name"] for event in events] == [named]


def test_a_watch_can_send_tables(api):
    events = watch(api, accept="application/json;as=Table;v=v1;g=meta.k8s.io", timeoutSeconds=1)
    assert {event["object"]["kind"] for event in events} == {"Table"}
    assert all(len(event["object"]["rows"]) == 1 for event in events)


def test_a_watch_that_is_not_allowed(limited):
    assert limited.get("/api/v1/nodes", watch="true", timeoutSeconds=1).status == 403


def test_a_watch_ends_when_its_client_goes(sim, api):
    connection = api.connect()
    connection.request("GET", "/api/v1/nodes?watch=true&timeoutSeconds=500", headers=api.headers())
    connection.getresponse().read1()
    assert sim.counts()["in_flight"] == 1
    connection.close()
    deadline = time.monotonic() + 10
    while sim.counts()["in_flight"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sim.counts()["in_flight"] == 0


def test_nonsense_for_a_version_is_a_bad_request(api):
    assert api.get("/api/v1/nodes", watch="true", resourceVersion="x").status == 500
    assert api.get("/api/v1/nodes", watch="true", timeoutSeconds="x").status == 400


def test_streaming_lists_are_refused_where_they_are_not_enabled(make_homelab):
    from tests.sim.api import Api

    api = Api(make_homelab(kubernetes_version="1.31", nodes=2, namespaces=5, pods=20, pvcs=2))
    answer = api.get("/api/v1/nodes", watch="true", sendInitialEvents="true", timeoutSeconds=1)
    assert (answer.status, answer.json["reason"]) == (422, "Invalid")
