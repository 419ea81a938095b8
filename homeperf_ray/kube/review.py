"""Reviews: what the server says of who asks. They are posted, and nothing of them is kept."""

from __future__ import annotations

import time

import msgspec

from homeperf_ray.kube.connection import Answer, Connection
from homeperf_ray.kube.errors import BadAnswer, KubeError
from homeperf_ray.kube.resources import GroupResource
from homeperf_ray.timings.operation import Operation

_ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"


class Permission(msgspec.Struct, frozen=True, order=True):
    """One verb on one resource, in one namespace or, with None, cluster-wide.

    ``str()`` reads ``list pods`` and ``get pods/log in namespace media``.
    """

    verb: str
    resource: GroupResource
    namespace: str | None = None
    subresource: str = ""

    def __str__(self) -> str:
        part = f"/{self.subresource}" if self.subresource else ""
        where = f" in namespace {self.namespace}" if self.namespace else ""
        return f"{self.verb} {self.resource}{part}{where}"


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a permission is given, or ``error`` where the server did not say."""

    permission: Permission
    allowed: bool = False
    error: KubeError | None = None
    operation: Operation


class Identity(msgspec.Struct, frozen=True):
    """Who the server takes the user for."""

    user: str
    groups: tuple[str, ...] = ()


async def may(connection: Connection, permission: Permission, *, deadline: float | None = None) -> Reviewed:
    """Ask by a SelfSubjectAccessReview whether the connection's user has a permission."""
    attributes = {
        "verb": permission.verb,
        "group": permission.resource.group,
        "resource": permission.resource.plural,
        "subresource": permission.subresource,
        "namespace": permission.namespace or "",
    }
    question = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {name: value for name, value in attributes.items() if value}},
    }
    answer = await _asked(connection, _ACCESS, question, str(permission.resource), permission.namespace, deadline)
    if answer.error is not None:
        return Reviewed(permission=permission, error=answer.error.with_traceback(None), operation=answer.operation)
    try:
        allowed = msgspec.json.decode(answer.body, type=_Access).status.allowed
    except (msgspec.MsgspecError, UnicodeDecodeError):
        error = BadAnswer(f"{connection.target}: the answer to whether one may {permission} could not be understood")
        return Reviewed(permission=permission, error=error, operation=answer.operation)
    return Reviewed(permission=permission, allowed=allowed, operation=answer.operation)


async def who_am_i(connection: Connection, *, deadline: float | None = None) -> tuple[Identity | None, Operation]:
    """Who the server takes the user for, by a SelfSubjectReview; None where it does not say (before 1.28)."""
    question = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = await _asked(connection, _WHO, question, "selfsubjectreviews.authentication.k8s.io", None, deadline)
    if answer.error is not None:
        return None, answer.operation
    try:
        user = msgspec.json.decode(answer.body, type=_Self).status.user_info
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None, answer.operation
    return Identity(user.username, user.groups), answer.operation


async def _asked(
    connection: Connection, path: str, question: object, resource: str, namespace: str | None, deadline: float | None
) -> Answer:
    operation = Operation(kind="review", started=time.time(), resource=resource, namespace=namespace or "")
    return await connection.review(path, msgspec.json.encode(question), operation=operation, deadline=deadline)


class _Allowed(msgspec.Struct, frozen=True):
    allowed: bool


class _Access(msgspec.Struct, frozen=True):
    status: _Allowed


class _User(msgspec.Struct, frozen=True):
    username: str
    groups: tuple[str, ...] = ()


class _Status(msgspec.Struct, rename="camel", frozen=True):
    user_info: _User


class _Self(msgspec.Struct, frozen=True):
    status: _Status
