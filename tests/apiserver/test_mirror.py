"""The embedded homelab as a copy of a genuine server."""

from __future__ import annotations

import json

import pytest

from homeperf_ray.sim.process import SimError, start
from tests.apiserver.conftest import Genuine
from tests.sim.api import Api

pytestmark = pytest.mark.apiserver


def named(items):
    return {(item["metadata"].get("namespace", ""), item["metadata"]["name"]): item for item in items}


@pytest.mark.parametrize("user", ["admin", "certified"])
def test_a_copy_of_a_genuine_server_has_its_objects(genuine: Genuine, user):
    server = genuine.server
    with start(from_kubeconfig=str(getattr(server.users, user))) as sim:
        api = Api(sim)
        assert api.get("/version").json["minor"] == str(server.minor)
        for path in ("/api/v1/pods", "/api/v1/nodes", "/api/v1/namespaces", "/apis/apps/v1/deployments"):
            theirs, ours = named(server.items(path)), named(api.get(path).json["items"])
            assert theirs.keys() == ours.keys()
            assert [item.get("status") for item in theirs.values()] == [item.get("status") for item in ours.values()]
        kinds = {one["name"] for one in json.loads(server.get("/apis"))["groups"]}
        groups = {one["name"] for one in api.get("/apis").json["groups"]}
        assert {"apps", "batch", "rbac.authorization.k8s.io"} <= groups & kinds
        secrets = api.get("/api/v1/secrets").json["items"]
        assert secrets
        assert not any("data" in item for item in secrets)
        roles = named(api.get("/apis/rbac.authorization.k8s.io/v1/clusterroles").json["items"])
        assert roles.keys() == named(server.items("/apis/rbac.authorization.k8s.io/v1/clusterroles")).keys()


def test_a_copy_asks_for_nothing_but_lists_and_discovery(genuine: Genuine):
    audit = genuine.server.audit
    audit.forget()
    with start(from_kubeconfig=str(genuine.server.users.admin)) as sim:
        assert sim.ready.notes == ()
    seen = audit.requests("homeperf-sim")
    assert {event["verb"] for event in seen} <= {"get", "list"}
    assert all("/secrets/" not in event["requestURI"] for event in seen)


def test_a_limited_user_copies_what_he_may_list_and_is_told_of_the_rest(genuine: Genuine):
    with pytest.raises(SimError, match="lets this user list nothing"):
        start(from_kubeconfig=str(genuine.server.users.limited))
    with start(from_kubeconfig=str(genuine.server.users.visitor)) as sim:
        assert Api(sim).get("/api/v1/namespaces").json["items"]
        assert "pods (403)" in sim.ready.notes[0]
