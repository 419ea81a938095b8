"""Answers of failure: those that faults ask for, and those of what went wrong by itself."""

from __future__ import annotations

import logging

from aiohttp.web import RequestPayloadError

from homeperf_ray.sim.answers import Answer, failure
from homeperf_ray.sim.faults import Rule
from homeperf_ray.sim.routes import Route
from homeperf_ray.sim.statuses import ApiError, bad_request, expired, forbidden, forbidden_path
from homeperf_ray.sim.users import User

_log = logging.getLogger(__name__)

_GARBAGE = b'{"kind":"PodList","items":[{"metadata":{]]\x00\xff\xfe<html>not what you asked for'


def halved(rule: Rule, route: Route) -> bool:
    """Whether an answer is cut in half; a watch is cut in the middle of an event, an exec in that of its output."""
    return rule.kind == "truncated" and route.verb != "watch" and route.subresource != "exec"


def faulty(rule: Rule | None, route: Route, user: User) -> Answer:
    """Faults that are whole answers."""
    assert rule is not None
    if rule.kind == "garbage":
        return Answer(_GARBAGE)
    if rule.kind == "redirect":
        return Answer(b"", 302, "text/plain", {"Location": rule.location})
    if rule.kind == "expired":
        return failure(expired("continue"))
    name = user.name
    if rule.status == 403 and route.plural:
        return failure(forbidden(name, route.verb, route.group, route.plural, route.namespace, route.name))
    if rule.status == 403:
        return failure(forbidden_path(name, route.verb, route.path))
    return failure(ApiError(rule.status, retry_after=rule.retry_after))


def worded(error: Exception, route: Route) -> ApiError:
    """An error in the words of Kubernetes; one that nobody expected is logged and called internal."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, ConnectionError):
        raise error
    if isinstance(error, RequestPayloadError):
        return bad_request(f"the body of the request could not be read: {error}")
    if isinstance(error, RecursionError):
        return ApiError(400, "the object provided is unrecognized: it exceeds the maximum depth")
    _log.error("%s of %s failed", route.verb, route.path[:200], exc_info=error)
    return ApiError(500, f"Internal error occurred: {type(error).__name__}")
