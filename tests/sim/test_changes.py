"""What a test's hand changes in a homelab: LISTs, pages and watches see it as they would of a real one."""

from __future__ import annotations

import json
import threading
import time

import pytest

from homeperf_ray.sim.patches import merged
from homeperf_ray.sim.process import SimError


@pytest.fixture
def own(make_homelab):
    """A homelab of this module's own, since it is changed."""
    return make_homelab(nodes=3, namespaces=6, pods=40, pvcs=4)


@pytest.fixture
def own_api(own):
    from tests.sim.api import Api

    return Api(own)


def version_of(answer) -> str:
    return answer.json["metadata"]["resourceVersion"]


def watched(api, version: str, seconds: int = 2, **query) -> tuple[threading.Thread, list]:
    found: list = []

    def read() -> None:
        answer = api.get("/api/v1/nodes", watch="true", resourceVersion=version, timeoutSeconds=seconds, **query)
        found.extend(json.loads(line) for line in answer.body.splitlines())

    thread = threading.Thread(target=read)
    thread.start()
    return thread, found


def test_a_patch_is_listed_with_a_new_version(own, own_api):
    before = own_api.get("/api/v1/nodes")
    name = before.names[0]
    version = own.patch("nodes", "", name, {"spec": {"unschedulable": True}})
    after = own_api.get(f"/api/v1/nodes/{name}").json
    assert after["spec"]["unschedulable"] is True
    assert after["metadata"]["resourceVersion"] == version
    assert int(version) > int(version_of(before))
    assert len(own_api.get("/api/v1/nodes", fieldSelector="spec.unschedulable=true").names) >= 1


def test_a_watch_is_told_at_once_of_every_change(own, own_api):
    names = own_api.get("/api/v1/nodes").names
    thread, found = watched(own_api, version_of(own_api.get("/api/v1/nodes")))
    time.sleep(0.3)
    own.patch("nodes", "", names[0], {"metadata": {"labels": {"seen": "yes"}}})
    own.put("nodes", "", "newcomer", {"metadata": {"uid": "u"}, "status": {}})
    own.delete("nodes", "", "newcomer")
    thread.join()
    assert [(event["type"], event["object"]["metadata"]["name"]) for event in found] == [
        ("MODIFIED", names[0]),
        ("ADDED", "newcomer"),
        ("DELETED", "newcomer"),
    ]


def test_a_watch_from_an_older_version_catches_up(own, own_api):
    version = version_of(own_api.get("/api/v1/nodes"))
    own.put("nodes", "", "late", {"metadata": {"uid": "u"}, "status": {}})
    thread, found = watched(own_api, version, seconds=1)
    thread.join()
    assert [event["object"]["metadata"]["name"] for event in found] == ["late"]
    own.delete("nodes", "", "late")


def test_what_leaves_a_selection_is_deleted_from_it(own, own_api):
    name = own_api.get("/api/v1/nodes").names[0]
    own.patch("nodes", "", name, {"metadata": {"labels": {"ring": "a"}}})
    thread, found = watched(own_api, version_of(own_api.get("/api/v1/nodes")), labelSelector="ring=a")
    time.sleep(0.3)
    own.patch("nodes", "", name, {"metadata": {"labels": {"ring": "b"}}})
    own.patch("nodes", "", name, {"metadata": {"labels": {"ring": "a"}}})
    thread.join()
    assert [event["type"] for event in found] == ["DELETED", "ADDED"]


def test_the_pages_of_one_list_are_of_one_moment(own, own_api):
    first = own_api.get("/api/v1/nodes", limit=1)
    names = own_api.get("/api/v1/nodes").names
    own.delete("nodes", "", names[-1])
    rest = own_api.get("/api/v1/nodes", **{"limit": 10, "continue": first.json["metadata"]["continue"]})
    assert [*first.names, *rest.names] == names
    assert version_of(rest) == version_of(first)
    assert own_api.get("/api/v1/nodes").names == names[:-1]


def test_what_is_not_there_is_said_to_be_not_there(own):
    with pytest.raises(SimError, match="no nodes"):
        own.patch("nodes", "", "nobody", {})
    with pytest.raises(SimError):
        own.delete("pods", "default", "nobody")


def test_a_merge_patch_follows_the_rfc():
    assert merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": None, "e": 3}, "d": [2]}) == {
        "a": {"c": 2, "e": 3},
        "d": [2],
    }
    assert merged("text", {"a": {"b": None}}) == {"a": {}}
