"""What can go wrong between homeperf and an API server.

    KubeError
    ├── ConfigError        the kubeconfig, a file that it names, or an exec plugin is wrong; nothing was sent
    ├── Unreachable        no connection, TLS refused, or no answer in time
    ├── Unauthorized       401: the server does not know this user
    ├── Forbidden          403: which verb on which resource
    ├── NotFound           404
    ├── Expired            410: a continue token or a resourceVersion that is compacted away
    ├── Throttled          429, with the seconds of Retry-After
    ├── ServerError        500 and above
    └── BadAnswer          an answer that is not what the API promises: truncated, garbage, a redirect

Every error is one sentence on what is wrong (``message``) and one on what to do (``hint``); neither holds a secret.
They are picklable, since workers raise them and drivers show them.
"""

# ruff: noqa: N818 - a name says what happened

from __future__ import annotations

from typing import ClassVar


class KubeError(Exception):
    """The base: ``message`` says what is wrong, ``hint`` what to do next, ``status`` is the HTTP status or 0."""

    kind: ClassVar[str] = "error"

    def __init__(self, message: str, hint: str = "", status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message, hint, status, retry_after)
        self.message = message
        self.hint = hint
        self.status = status
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.message


class ConfigError(KubeError):
    kind = "config"


class Unreachable(KubeError):
    kind = "unreachable"


class Unauthorized(KubeError):
    kind = "unauthorized"


class Forbidden(KubeError):
    kind = "forbidden"


class NotFound(KubeError):
    kind = "not_found"


class Expired(KubeError):
    kind = "expired"


class Throttled(KubeError):
    """429; ``retry_after`` is in seconds."""

    kind = "throttled"


class ServerError(KubeError):
    kind = "server_error"


class BadAnswer(KubeError):
    kind = "bad_answer"
