"""Errors as the API server words them: the ``Status`` object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    410: "Expired",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}

_MESSAGES = {
    401: "Unauthorized",
    405: "the server does not allow this method on the requested resource",
    429: "too many requests, please try again later.",
    500: "Internal error occurred: etcdserver: request timed out",
    503: "the server is currently unable to handle the request",
    504: "the server was unable to return a response in the time allotted",
}


_NOSNIFF = {"X-Content-Type-Options": "nosniff"}


class ApiError(Exception):
    """An answer that is a ``Status`` of failure. ``retry_after`` is in seconds."""

    def __init__(
        self,
        code: int,
        message: str = "",
        *,
        reason: str | None = None,
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
        continue_token: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code = code
        self.message = message or _MESSAGES.get(code, f"the server answered {code}")
        self.reason = _REASONS.get(code, "") if reason is None else reason
        self.details = details
        self.retry_after = retry_after
        self.continue_token = continue_token
        self.headers = headers or {}
        super().__init__(self.message)

    def body(self) -> bytes:
        """The Status as JSON."""
        return msgspec.json.encode(self.status()) + b"\n"

    def status(self) -> dict[str, Any]:
        details = dict(self.details or {})
        if self.retry_after is not None:
            details["retryAfterSeconds"] = self.retry_after
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.continue_token} if self.continue_token else {},
            "status": "Failure",
            "message": self.message,
            **({"reason": self.reason} if self.reason else {}),
            **({"details": details} if details or self.details is not None else {}),
            "code": self.code,
        }


def bad_request(message: str) -> ApiError:
    return ApiError(400, message)


def too_large(why: str) -> ApiError:
    """A body that is longer than what is taken."""
    return ApiError(413, f"Request entity too large: {why}", reason="RequestEntityTooLarge")


def not_found(group: str, plural: str, name: str) -> ApiError:
    """The object is not there; the resource type is."""
    resource = f"{plural}.{group}" if group else plural
    details = {"name": name, **({"group": group} if group else {}), "kind": plural}
    return ApiError(404, f'{resource} "{name}" not found', details=details)


def _details(group: str, kind: str, name: str) -> dict[str, Any]:
    return {**({"name": name} if name else {}), **({"group": group} if group else {}), "kind": kind}


def already_exists(group: str, plural: str, name: str) -> ApiError:
    """There is an object of that name."""
    resource = f"{plural}.{group}" if group else plural
    details = _details(group, plural, name)
    return ApiError(409, f'{resource} "{name}" already exists', reason="AlreadyExists", details=details)


def conflict(group: str, kind: str, name: str, why: str) -> ApiError:
    """A write that something has overtaken."""
    resource = f"{kind}.{group}" if group else kind
    message = f'Operation cannot be fulfilled on {resource} "{name}": {why}'
    return ApiError(409, message, details=_details(group, kind, name))


def modified(group: str, plural: str, name: str) -> ApiError:
    """A write of a version that is no longer the current one."""
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(group, plural, name, why)


def invalid(kind: str, name: str, field: str, fault: str, why: str, *, value: str = "") -> ApiError:
    """A field that is ``Required`` or ``Invalid``; ``value`` is what it has."""
    text = f'Invalid value: "{value}": {why}' if fault == "Invalid" else f"{fault} value: {why}"
    causes = [{"reason": f"FieldValue{fault}", "message": text, "field": field}]
    details = {**({"name": name} if name else {}), "kind": kind, "causes": causes}
    return ApiError(422, f'{kind} "{name}" is invalid: {field}: {text}', details=details)


def invalid_options(kind: str, *faults: tuple[str, str, str]) -> ApiError:
    """Options of a request that contradict each other: (field, ``Forbidden`` or ``NotSupported``, message) of each."""
    causes = [{"reason": f"FieldValue{fault}", "message": text, "field": field} for field, fault, text in faults]
    texts = [f"{field}: {text}" for field, _, text in faults]
    message = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    details = {"group": "meta.k8s.io", "kind": kind, "causes": causes}
    return ApiError(422, f'{kind}.meta.k8s.io "" is invalid: {message}', details=details)


def forbidden(user: str, verb: str, group: str, plural: str, namespace: str, name: str) -> ApiError:
    """What RBAC says, word for word."""
    bare = plural.partition("/")[0]
    resource = f"{bare}.{group}" if group else bare
    named = f'{resource} "{name}"' if name else resource
    scope = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    message = f'{named} is forbidden: User "{user}" cannot {verb} resource "{plural}" in API group "{group}" {scope}'
    details = {**({"name": name} if name else {}), **({"group": group} if group else {}), "kind": bare}
    return ApiError(403, message, details=details, headers=_NOSNIFF)


def forbidden_path(user: str, verb: str, path: str) -> ApiError:
    return ApiError(403, f'forbidden: User "{user}" cannot {verb} path "{path}"', details={}, headers=_NOSNIFF)


def expired(continue_token: str = "") -> ApiError:
    """A continue token or a resourceVersion from before everything that is still known.

    ``continue_token`` is what a client may go on with instead, at the price of consistency.
    """
    if continue_token:
        return ApiError(
            410,
            "The provided continue parameter is too old to display a consistent list result. You can start a new list "
            "without the continue parameter, or use the continue token in this response to retrieve the remainder of "
            "the results. Continuing with the provided token results in an inconsistent list - objects that were "
            "created, modified, or deleted between the time the first chunk was returned and now may show up in the "
            "list.",
            continue_token=continue_token,
        )
    return ApiError(410, "The resourceVersion for the provided list is too old.")
