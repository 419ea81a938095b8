"""Who may do what: bearer tokens and RBAC-like rules."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from multidict import MultiMapping

from homeperf_ray.sim.routes import Route
from homeperf_ray.sim.statuses import ApiError, bad_request, forbidden, forbidden_path

_INFO = ("/healthz", "/livez", "/readyz", "/version")
_DISCOVERY = (*_INFO, "/api", "/apis", "/openapi")


@dataclass(frozen=True)
class Grant:
    """Verbs on resources of API groups, in some namespaces or, with none named, everywhere. ``*`` is all."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    resources: tuple[str, ...]
    namespaces: tuple[str, ...] = ()

    def allows(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        return (
            bool({"*", verb}.intersection(self.verbs))
            and bool({"*", group}.intersection(self.groups))
            and bool({"*", resource}.intersection(self.resources))
            and (not self.namespaces or namespace in self.namespaces)
        )


@dataclass(frozen=True)
class User:
    """A user that the server knows. ``paths`` are prefixes of what is no resource; the token is never shown."""

    name: str
    groups: tuple[str, ...]
    grants: tuple[Grant, ...] = ()
    paths: tuple[str, ...] = _DISCOVERY
    token: str = field(default="", repr=False)

    def may(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        return any(grant.allows(verb, group, resource, namespace) for grant in self.grants)

    def may_visit(self, verb: str, path: str) -> bool:
        """Whether a path that is no resource may be read."""
        if any("*" in grant.verbs and "*" in grant.resources for grant in self.grants):
            return True
        return verb in {"get", "head"} and any(path == root or path.startswith(f"{root}/") for root in self.paths)

    def authorize(self, route: Route) -> None:
        """Raise the 403 that the API server would answer."""
        if not route.plural:
            if not self.may_visit(route.verb, route.path):
                raise forbidden_path(self.name, route.verb, route.path)
            return
        plural = f"{route.plural}/{route.subresource}" if route.subresource else route.plural
        if not self.may(route.verb, route.group, plural, route.namespace):
            raise forbidden(self.name, route.verb, route.group, plural, route.namespace, route.name)


SELF = (
    Grant(("create",), ("authentication.k8s.io",), ("selfsubjectreviews",)),
    Grant(("create",), ("authorization.k8s.io",), ("selfsubjectaccessreviews", "selfsubjectrulesreviews")),
)
EVERYTHING = (Grant(("*",), ("*",), ("*",)),)
_AUTHENTICATED = "system:authenticated"

MASTERS = "system:masters"
"""The group that may do everything, and is never throttled."""

ANONYMOUS = User("system:anonymous", ("system:unauthenticated",), paths=_INFO)


def administrator() -> User:
    """The user of the ``homelab`` context, with a new token."""
    return User("admin", (MASTERS, _AUTHENTICATED), (*EVERYTHING, *SELF), token=secrets.token_urlsafe(32))


def of_limited(namespaces: tuple[str, ...]) -> tuple[Grant, ...]:
    """What the limited user may, beside asking about himself."""
    return (Grant(("get", "list", "watch"), ("",), ("configmaps", "pods", "services"), namespaces),)


def of_reader() -> tuple[Grant, ...]:
    """What the reader may, beside asking about himself."""
    return (Grant(("get", "list", "watch"), ("*",), ("*",)),)


def limited(namespaces: tuple[str, ...]) -> User:
    """The user of the ``limited`` context: pods, services and configmaps in these namespaces, nothing else."""
    return User("limited", (_AUTHENTICATED,), (*of_limited(namespaces), *SELF), token=secrets.token_urlsafe(32))


def reader() -> User:
    """The user of the ``reader`` context: reads everything and, unlike an administrator, is exempt from nothing."""
    return User("reader", (_AUTHENTICATED,), (*of_reader(), *SELF), token=secrets.token_urlsafe(32))


def _of_account(name: str) -> tuple[str, ...]:
    """The groups of a ServiceAccount, empty for other names."""
    account = name.removeprefix("system:serviceaccount:")
    if account == name or ":" not in account:
        return ()
    return "system:serviceaccounts", f"system:serviceaccounts:{account.partition(':')[0]}"


def monitor(name: str, resources: Iterable[str], subresource: str) -> User:
    """A user who reads every object of these resources, and of nodes also ``subresource``: ``stats`` or ``proxy``."""
    reading = Grant(("get", "list", "watch"), ("*",), tuple(resources))
    kubelets = Grant(("get",), ("",), (f"nodes/{subresource}",))
    return User(name, (_AUTHENTICATED,), (reading, kubelets, *SELF), token=secrets.token_urlsafe(32))


class Users:
    """The users by token and by name."""

    def __init__(self, users: Iterable[User]) -> None:
        self._by_token = {user.token: user for user in users}
        self._by_name = {user.name: user for user in self._by_token.values()}

    def certified(self, certificate: Mapping[str, Any], now: float) -> User | None:
        """The user of a client certificate, which is as ``ssl`` decodes it: CN is the name, each O a group.

        None for one that is not valid at ``now``, in seconds since 1970. ``system:masters`` may do everything; a name
        that is known has that user's grants; anybody else has those of all who are authenticated.
        """
        begin, end = (ssl.cert_time_to_seconds(certificate[field]) for field in ("notBefore", "notAfter"))
        if not begin <= now <= end:
            return None
        parts = [part for relative in certificate.get("subject", ()) for part in relative]
        name = next((value for field, value in parts if field == "commonName"), "")
        groups = (*(value for field, value in parts if field == "organizationName"), _AUTHENTICATED)
        return self._named(name, groups)

    def authenticate(self, authorization: str) -> User:
        """The user of an Authorization header; anonymous without one. Raises ApiError 401 for a token not known."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return ANONYMOUS
        user = self._by_token.get(token.strip())
        if user is None:
            raise ApiError(401)
        return user

    def impersonated(self, user: User, name: str | None, headers: MultiMapping[str]) -> User:
        """Whom a user acts as by the headers ``Impersonate-User`` and ``-Group``: himself where there are none.

        Raises ApiError 403 for one who may not, 500 for groups without a user, as genuine servers do.
        """
        groups = tuple(headers.getall("Impersonate-Group", ())) if name or "Impersonate-Group" in headers else ()
        if not name:
            if groups:
                raise ApiError(500, f"Internal error occurred: requested {list(groups)} without impersonating a user")
            return user
        for plural, wanted in (("users", name), *(("groups", group) for group in groups)):
            if not user.may("impersonate", "", plural, ""):
                raise forbidden(user.name, "impersonate", "", plural, "", wanted)
        if name != ANONYMOUS.name:
            groups = (*groups, *_of_account(name), _AUTHENTICATED)
        return self._named(name, groups or ANONYMOUS.groups)

    def _named(self, name: str, groups: tuple[str, ...]) -> User:
        """Somebody: ``system:masters`` may do everything, a name that is known what that user may."""
        if MASTERS in groups:
            return User(name, groups, EVERYTHING)
        if name == ANONYMOUS.name:
            return ANONYMOUS
        known = self._by_name.get(name)
        return User(name, groups, known.grants if known else SELF)


def access_review(user: User, body: dict[str, Any]) -> dict[str, Any]:
    """Answer a SelfSubjectAccessReview: the same object with its ``status``."""
    spec = body.get("spec") or {}
    wanted = spec.get("resourceAttributes")
    if (wanted is None) == (spec.get("nonResourceAttributes") is None):
        raise _unclear("neither" if wanted is None else "both")
    if wanted is not None:
        verb, group, resource = (wanted.get(name) or "" for name in ("verb", "group", "resource"))
        if wanted.get("subresource"):
            resource = f"{resource}/{wanted['subresource']}"
        allowed = user.may(verb, group, resource, wanted.get("namespace") or "")
    else:
        path = spec["nonResourceAttributes"]
        allowed = user.may_visit(path.get("verb") or "", path.get("path") or "")
    return {**body, "metadata": {"creationTimestamp": None}, "spec": spec, "status": {"allowed": allowed}}


def _unclear(given: str) -> ApiError:
    field = "spec.resourceAttributes" if given == "neither" else "spec.nonResourceAttributes"
    text = (
        'Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified'
        if given == "neither"
        else "Invalid value: cannot be specified in combination with resourceAttributes"
    )
    group = "authorization.k8s.io"
    causes = [{"reason": "FieldValueInvalid", "message": text, "field": field}]
    return ApiError(422, f'.{group} "" is invalid: {field}: {text}', details={"group": group, "causes": causes})


def rules_review(user: User, body: dict[str, Any]) -> dict[str, Any]:
    """Answer a SelfSubjectRulesReview for the namespace that it names."""
    spec = body.get("spec") or {}
    namespace = spec.get("namespace") or ""
    if not namespace:
        raise bad_request("no namespace on request")
    rules = [
        {"verbs": list(grant.verbs), "apiGroups": list(grant.groups), "resources": list(grant.resources)}
        for grant in user.grants
        if not grant.namespaces or namespace in grant.namespaces
    ]
    paths = [{"verbs": ["get"], "nonResourceURLs": [path, f"{path}/*"]} for path in user.paths]
    if user.may_visit("*", "*"):
        paths.insert(0, {"verbs": ["*"], "nonResourceURLs": ["*"]})
    status = {"resourceRules": rules, "nonResourceRules": paths, "incomplete": False}
    return {**body, "metadata": {"creationTimestamp": None}, "spec": spec, "status": status}


def self_review(user: User, body: dict[str, Any]) -> dict[str, Any]:
    """Answer a SelfSubjectReview: who the server thinks that you are."""
    return {
        **body,
        "metadata": {"creationTimestamp": None},
        "status": {"userInfo": {"username": user.name, "groups": list(user.groups)}},
    }
