"""What the server says of who asks, and that nothing else is ever posted."""

from __future__ import annotations

import json

import pytest

from homeperf_ray.kube.connection import Connection
from homeperf_ray.kube.gate import OpenGate
from homeperf_ray.kube.request import Access
from homeperf_ray.kube.resources import PODS, SECRETS, GroupResource
from homeperf_ray.kube.review import Identity, Permission, may, who_am_i
from homeperf_ray.kube.target import load_target
from homeperf_ray.timings.operation import Operation
from tests.homelab import received
from tests.kube.server import ok, reply

REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
LIST_PODS = Permission("list", PODS)


def opened(homelab, context: str) -> Connection:
    return Connection(load_target(Access((str(homelab.kubeconfig),), context)), gate=OpenGate())


@pytest.mark.parametrize(
    ("context", "permission", "allowed"),
    [
        ("homelab", LIST_PODS, True),
        ("homelab", Permission("get", PODS, subresource="log"), True),
        ("limited", LIST_PODS, False),
        ("limited", Permission("list", PODS, "media"), True),
        ("limited", Permission("get", PODS, "media", "log"), False),
        ("limited", Permission("list", GroupResource("apps", "deployments"), "media"), False),
    ],
)
async def test_a_permission_is_given_or_not(homelab, context: str, permission: Permission, allowed: bool):
    connection = opened(homelab, context)
    try:
        found = await may(connection, permission)
    finally:
        await connection.close()
    assert found.error is None
    assert found.allowed is allowed
    assert (found.operation.kind, found.operation.status, found.operation.sent) == ("review", 201, 1)


async def test_who_the_server_takes_the_user_for(homelab):
    connection = opened(homelab, "limited")
    try:
        identity, operation = await who_am_i(connection)
    finally:
        await connection.close()
    assert identity == Identity("limited", ("system:authenticated",))
    assert operation.kind == "review"


async def test_reviews_are_counted_by_the_server_as_what_they_are(homelab):
    homelab.reset()
    connection = opened(homelab, "homelab")
    try:
        await may(connection, LIST_PODS)
    finally:
        await connection.close()
    assert received(homelab, verb="create") == 1


@pytest.mark.parametrize("path", ["/api/v1/namespaces/media/pods", "/apis/apps/v1/deployments", "/"])
async def test_nothing_but_a_review_can_be_posted(server, target_of, connect, path: str):
    connection = connect(target_of(server.url))
    with pytest.raises(ValueError, match=path):
        await connection.review(path, b"{}", operation=Operation(kind="review", started=0.0))
    assert server.seen == []


async def test_an_answer_without_sense_is_an_error_that_names_the_question(server, target_of, connect):
    server.answer = lambda _: reply(201, b'{"status": {"allowed": "perhaps"}}')
    found = await may(connect(target_of(server.url)), Permission("list", SECRETS, "media"))
    assert found.allowed is False
    assert found.error is not None
    assert "list secrets in namespace media" in found.error.message


async def test_a_server_that_knows_no_such_review_says_nobody(server, target_of, connect):
    server.answer = lambda _: reply(404, b'{"kind":"Status","code":404}')
    identity, operation = await who_am_i(connect(target_of(server.url)))
    assert identity is None
    assert operation.status == 404


async def test_a_question_is_asked_again_as_a_read_is(server, target_of, connect):
    answers = iter([reply(503, b""), ok({"status": {"allowed": True}})])
    server.answer = lambda _: next(answers)
    found = await may(connect(target_of(server.url)), LIST_PODS)
    assert found.allowed
    assert found.operation.sent == 2
    assert {(seen.method, seen.target, seen.header("Content-Type")) for seen in server.seen} == {
        ("POST", REVIEW, "application/json")
    }
    first, second = (json.loads(seen.body) for seen in server.seen)
    assert first == second
    assert first["spec"] == {"resourceAttributes": {"verb": "list", "resource": "pods"}}
