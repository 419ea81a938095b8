"""Errors as the API server words them: the ``Status`` object."""

from __future__ import annotations

from typing import Any

import msgspec

_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
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


class ApiError(Exception):
    """An answer that is a ``Status`` of failure. ``retry_after`` is in seconds."""

    def __init__(
        self,
        code: int,
        message: str = "",
        *,
        reason: str = "",
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.code = code
        self.message = message or _MESSAGES.get(code, f"the server answered {code}")
        self.reason = reason or _REASONS.get(code, "")
        self.details = details
        self.retry_after = retry_after
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
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            **({"reason": self.reason} if self.reason else {}),
            **({"details": details} if details else {}),
            "code": self.code,
        }


def bad_request(message: str) -> ApiError:
    return ApiError(400, message)


def not_found(group: str, plural: str, name: str) -> ApiError:
    """The object is not there; the resource type is."""
    resource = f"{plural}.{group}" if group else plural
    details = {"name": name, **({"group": group} if group else {}), "kind": plural}
    return ApiError(404, f'{resource} "{name}" not found', details=details)


def forbidden(user: str, verb: str, group: str, plural: str, namespace: str, name: str) -> ApiError:
    """What RBAC says, word for word."""
    resource = f"{plural}.{group}" if group else plural
    named = f'{resource} "{name}"' if name else resource
    scope = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    message = f'{named} is forbidden: User "{user}" cannot {verb} resource "{plural}" in API group "{group}" {scope}'
    details = {**({"name": name} if name else {}), **({"group": group} if group else {}), "kind": plural}
    return ApiError(403, message, details=details)


def forbidden_path(user: str, verb: str, path: str) -> ApiError:
    return ApiError(403, f'forbidden: User "{user}" cannot {verb} path "{path}"', details={})


def expired(continue_token: str = "") -> ApiError:
    """A continue token or a resourceVersion from before everything that is still known."""
    if continue_token:
        return ApiError(
            410,
            "The provided continue parameter is too old to display a consistent list result. You can start a new list "
            "without the continue parameter, or use the continue token in this response to retrieve the remainder of "
            "the results. Continuing with the provided token results in an inconsistent list - objects that were "
            "created, modified, or deleted between the time the first chunk was returned and now may show up in the "
            "list.",
        )
    return ApiError(410, "The resourceVersion for the provided list is too old.")
