"""Writes over the API, as an administrator may do them."""

from __future__ import annotations

import json
import threading

import pytest

from homeperf_ray.sim.patches import JSON_PATCH, MERGE, STRATEGIC, json_patch, strategic
from homeperf_ray.sim.statuses import ApiError
from tests.homelab import start_homelab
from tests.sim.api import Api

MAPS = "/api/v1/namespaces/media/configmaps"


@pytest.fixture(scope="module")
def own():
    """A homelab of this module's own, since it is changed."""
    with start_homelab(nodes=3, namespaces=6, pods=40, pvcs=4) as sim:
        yield sim


@pytest.fixture
def api(own):
    return Api(own)


def send(api, method, path, body=None, content_type="application/json", **query):
    content = None if body is None else json.dumps(body).encode()
    return api.request(method, path, query=query, headers={"Content-Type": content_type}, body=content)


def made(api, name, **more):
    answer = send(api, "POST", MAPS, {"metadata": {"name": name}, "data": {"a": "1"}, **more})
    assert answer.status == 201
    return answer.json


def test_what_is_created_is_there_with_what_the_server_gives(api):
    item = made(api, "one")
    metadata = item["metadata"]
    assert (item["kind"], item["apiVersion"], metadata["namespace"]) == ("ConfigMap", "v1", "media")
    assert metadata["uid"]
    assert metadata["creationTimestamp"].endswith("Z")
    assert api.get(f"{MAPS}/one").json == item
    assert api.get(MAPS).json["metadata"]["resourceVersion"] == metadata["resourceVersion"]
    again = send(api, "POST", MAPS, {"metadata": {"name": "one"}})
    assert (again.status, again.json["reason"]) == (409, "AlreadyExists")


def test_a_name_can_be_generated(api):
    names = {
        send(api, "POST", MAPS, {"metadata": {"generateName": "many-"}}).json["metadata"]["name"] for _ in range(3)
    }
    assert len(names) == 3
    assert all(name.startswith("many-") and len(name) == 10 for name in names)


@pytest.mark.parametrize(
    ("path", "body", "status", "reason"),
    [
        (MAPS, {"metadata": {}}, 422, "Invalid"),
        (MAPS, {"metadata": {"name": "Not_A_Name"}}, 422, "Invalid"),
        (MAPS, {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "x"}}, 400, "BadRequest"),
        (MAPS, {"metadata": {"name": "x", "namespace": "elsewhere"}}, 400, "BadRequest"),
        (MAPS, {"metadata": {"name": "x", "resourceVersion": "7"}}, 500, None),
        (MAPS, [], 400, "BadRequest"),
        ("/api/v1/configmaps", {"metadata": {"name": "x"}}, 405, "MethodNotAllowed"),
        ("/api/v1/namespaces/nowhere/configmaps", {"metadata": {"name": "x"}}, 404, "NotFound"),
    ],
)
def test_what_cannot_be_created(api, path, body, status, reason):
    answer = send(api, "POST", path, body)
    assert (answer.status, answer.json.get("reason")) == (status, reason)


def test_a_dry_run_changes_nothing(api):
    before = api.get(MAPS).json["metadata"]
    assert send(api, "POST", MAPS, {"metadata": {"name": "dry"}}, dryRun="All").status == 201
    assert send(api, "POST", MAPS, {"metadata": {"name": "dry"}}, dryRun="Some").status == 422
    assert api.get(f"{MAPS}/dry").status == 404
    assert api.get(MAPS).json["metadata"] == before


def test_an_update_of_what_has_changed_meanwhile_is_a_conflict(api):
    item = made(api, "raced")
    first = send(api, "PUT", f"{MAPS}/raced", {**item, "data": {"a": "2"}})
    assert (first.status, first.json["data"]) == (200, {"a": "2"})
    assert first.json["metadata"]["uid"] == item["metadata"]["uid"]
    second = send(api, "PUT", f"{MAPS}/raced", {**item, "data": {"a": "3"}})
    assert (second.status, second.json["reason"]) == (409, "Conflict")
    blind = send(api, "PUT", f"{MAPS}/raced", {"metadata": {"name": "raced"}, "data": {"a": "4"}})
    assert blind.status == 200
    assert send(api, "PUT", f"{MAPS}/raced", blind.json).json == blind.json


@pytest.mark.parametrize(
    ("content_type", "patch"),
    [
        (MERGE, {"data": {"a": None, "b": "2"}}),
        (STRATEGIC, {"data": {"a": None, "b": "2"}}),
        (JSON_PATCH, [{"op": "remove", "path": "/data/a"}, {"op": "add", "path": "/data/b", "value": "2"}]),
    ],
)
def test_each_kind_of_patch(api, content_type, patch):
    name = content_type.partition("/")[2].partition("-")[0]
    made(api, name)
    answer = send(api, "PATCH", f"{MAPS}/{name}", patch, content_type)
    assert (answer.status, answer.json["data"]) == (200, {"b": "2"})
    assert send(api, "PATCH", f"{MAPS}/{name}", {}, MERGE).json == answer.json
    assert send(api, "PATCH", f"{MAPS}/{name}", {}, "application/json").status == 415
    stale = {"metadata": {"resourceVersion": "1"}, "data": {"c": "3"}}
    assert send(api, "PATCH", f"{MAPS}/{name}", stale, MERGE).status == 409


def test_custom_resources_take_no_strategic_patch(api):
    item = api.get("/apis/source.toolkit.fluxcd.io/v1/gitrepositories").json["items"][0]["metadata"]
    path, name = f"/apis/source.toolkit.fluxcd.io/v1/namespaces/{item['namespace']}/gitrepositories", item["name"]
    assert send(api, "PATCH", f"{path}/{name}", {}, STRATEGIC).status == 415
    assert send(api, "PATCH", f"{path}/{name}", {"metadata": {"labels": {"a": "b"}}}, MERGE).status == 200


def test_a_status_is_written_apart(api):
    path = "/api/v1/nodes/k8s-worker-1"
    before = api.get(path).json
    assert send(api, "PATCH", path, {"status": {"phase": "x"}}, MERGE).json == before
    both = {"spec": {"unschedulable": True}, "status": {"phase": "x"}}
    after = send(api, "PATCH", f"{path}/status", both, MERGE).json
    assert after["status"]["phase"] == "x"
    assert after["spec"] == before["spec"]
    assert api.get(f"{path}/status").json == after


def test_a_delete_heeds_its_preconditions(api):
    item = made(api, "guarded")
    for wanted in ({"uid": "another"}, {"resourceVersion": "1"}):
        answer = send(api, "DELETE", f"{MAPS}/guarded", {"preconditions": wanted})
        assert (answer.status, answer.json["reason"]) == (409, "Conflict")
    answer = send(api, "DELETE", f"{MAPS}/guarded", {"preconditions": {"uid": item["metadata"]["uid"]}})
    assert (answer.status, answer.json["status"]) == (200, "Success")
    assert send(api, "DELETE", f"{MAPS}/guarded").status == 404


def test_what_has_finalizers_stays_until_they_are_gone(api):
    made(api, "held", metadata={"name": "held", "finalizers": ["homelab.test/hold"]})
    marked = send(api, "DELETE", f"{MAPS}/held").json
    assert marked["metadata"]["deletionTimestamp"]
    assert api.get(f"{MAPS}/held").json == marked
    assert send(api, "PATCH", f"{MAPS}/held", {"metadata": {"finalizers": None}}, MERGE).status == 200
    assert api.get(f"{MAPS}/held").status == 404


def test_a_selection_is_deleted_at_once(api):
    for name in ("swept-1", "swept-2"):
        made(api, name, metadata={"name": name, "labels": {"sweep": "yes"}})
    answer = send(api, "DELETE", MAPS, labelSelector="sweep=yes")
    assert answer.names == ["media/swept-1", "media/swept-2"]
    assert api.get(MAPS, labelSelector="sweep=yes").names == []
    assert send(api, "DELETE", "/api/v1/configmaps").status == 405


def test_watchers_see_writes_and_the_version_of_an_end(api):
    version = api.get(MAPS).json["metadata"]["resourceVersion"]
    events: list = []

    def watch() -> None:
        answer = api.get(MAPS, watch="true", resourceVersion=version, timeoutSeconds=1)
        events.extend(json.loads(line) for line in answer.body.splitlines())

    thread = threading.Thread(target=watch)
    thread.start()
    item = made(api, "seen")
    send(api, "PATCH", f"{MAPS}/seen", {"data": {"b": "2"}}, MERGE)
    send(api, "DELETE", f"{MAPS}/seen")
    thread.join()
    assert [event["type"] for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    assert {event["object"]["metadata"]["uid"] for event in events} == {item["metadata"]["uid"]}
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert versions == sorted(set(versions))
    assert api.get(MAPS).json["metadata"]["resourceVersion"] == str(versions[-1])


def test_a_new_pod_is_pending_and_can_be_printed(api):
    pods = "/api/v1/namespaces/media/pods"
    pod = {"metadata": {"name": "fresh"}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    item = send(api, "POST", pods, pod).json
    assert item["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    assert item["spec"]["containers"][0]["imagePullPolicy"] == "Always"
    table = api.get(f"{pods}/fresh", accept="application/json;as=Table;v=v1;g=meta.k8s.io").json
    assert table["rows"][0]["cells"][:4] == ["fresh", "0/1", "Pending", "0"]
    assert send(api, "DELETE", f"{pods}/fresh").json["kind"] == "Pod"


def test_who_may_only_read_writes_nothing(own):
    answer = send(Api(own, "limited"), "POST", MAPS, {"metadata": {"name": "x"}})
    assert (answer.status, answer.json["reason"]) == (403, "Forbidden")


def test_a_strategic_patch_merges_lists_by_their_keys():
    pod = {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}], "finalizers": ["x"]}
    patch = {
        "containers": [{"name": "b", "image": "3"}, {"name": "a", "$patch": "delete"}, {"name": "c"}],
        "$setElementOrder/containers": [],
        "finalizers": ["y"],
    }
    assert strategic(pod, patch) == {
        "containers": [{"name": "b", "image": "3"}, {"name": "c"}],
        "finalizers": ["x", "y"],
    }
    assert strategic({"a": 1, "b": 2}, {"$retainKeys": ["b"]}) == {"b": 2}
    assert strategic(pod, {"$deleteFromPrimitiveList/finalizers": ["x"]})["finalizers"] == []
    assert strategic({"a": {"b": 1}}, {"a": {"$patch": "replace", "c": 2}}) == {"a": {"c": 2}}
    with pytest.raises(ApiError):
        strategic({}, {"$unheard": 1})


def test_a_json_patch_follows_the_rfc():
    document = {"a": [1, 2], "b": {"x/y": 1}}
    operations = [
        {"op": "add", "path": "/a/-", "value": 3},
        {"op": "move", "from": "/b/x~1y", "path": "/c"},
        {"op": "copy", "from": "/c", "path": "/a/0"},
        {"op": "test", "path": "/c", "value": 1},
        {"op": "replace", "path": "/c", "value": 9},
        {"op": "remove", "path": "/a/1"},
    ]
    assert json_patch(document, operations) == {"a": [1, 2, 3], "b": {}, "c": 9}
    assert document == {"a": [1, 2], "b": {"x/y": 1}}
    for wrong in ({"op": "test", "path": "/a/0", "value": 7}, {"op": "remove", "path": "/z"}, {"op": "?", "path": ""}):
        with pytest.raises(ApiError):
            json_patch(document, [wrong])
