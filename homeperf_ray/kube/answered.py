"""What the server answered, as an error of the tree: statuses, and bodies that are not what was asked for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property

import msgspec

from homeperf_ray.kube.asked import COLLECTIVE, Asked
from homeperf_ray.kube.errors import BadAnswer, Expired, Forbidden, KubeError, NotFound, ServerError, Throttled
from homeperf_ray.kube.errors import Unauthorized as UnauthorizedError
from homeperf_ray.kube.secret import quoted
from homeperf_ray.kube.target import Target
from homeperf_ray.kube.untrusted import RENEW_CERTIFICATE, expired

_USER = re.compile(r'User "((?:[^"\\]|\\.){1,200})"')
_CHECK_SERVER = "Check that `server` of the cluster in the kubeconfig names a Kubernetes API server."


class _Details(msgspec.Struct, rename="camel", frozen=True):
    retry_after_seconds: float | None = None


class _Status(msgspec.Struct, rename="camel", frozen=True):
    kind: str = ""
    message: str | None = None
    details: _Details | None = None


@dataclass(frozen=True)
class _Reply:
    asked: Asked
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def target(self) -> Target:
        return self.asked.target

    @cached_property
    def said(self) -> _Status:
        """The Status in the body; an empty one where there is none."""
        return _status_in(self.body)

    @property
    def told(self) -> str:
        """What the server said, after a colon: a Status' message, or the beginning of anything but a web page."""
        if self.said.message:
            return f": {quoted(self.said.message, *self.asked.hidden())}"
        text = quoted(self.body[:600].decode("utf-8", "replace"), *self.asked.hidden(), limit=120)
        return f": {text}" if text and text[0] not in "<{" else ""

    @property
    def wait(self) -> float | None:
        return retry_after(self.headers, self.body)


def from_status(asked: Asked, status: int, headers: Mapping[str, str], body: bytes) -> KubeError:
    """The error for an HTTP status other than 200."""
    explain = _EXPLAINED.get(status) or _EXPLAINED.get(status // 100, _refused)
    return explain(_Reply(asked, status, headers, body))


def wrong_content(asked: Asked, content_type: str, body: bytes, *, text: bool = False) -> KubeError | None:
    """The error for a 200 whose body cannot be what the API promises, None for one that can.

    JSON is due, or plain text where ``text`` says so.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/plain" if text else kind == "application/json" and body[:1] == b"{":
        return None
    if kind == "text/html" or body[:200].lstrip()[:1] == b"<":
        message = f"{asked.target} sent a web page where JSON was due ({asked})"
        return BadAnswer(message, f"A login page or a proxy answered in its place. {_CHECK_SERVER}", 200)
    what = "something that is not JSON"
    if not body:
        what = "an empty answer"
    elif kind != "application/json":
        what = f"{quoted(kind, limit=60) or 'no content type'} where JSON was due"
    return BadAnswer(f"{asked.target} sent {what} ({asked})", _CHECK_SERVER, 200)


def retry_after(headers: Mapping[str, str], body: bytes = b"") -> float | None:
    """Seconds that the server asks to wait: the header as a number or a date, else the Status' details."""
    text = headers.get("Retry-After", "").strip()
    if not text:
        details = _status_in(body).details
        return max(details.retry_after_seconds or 0.0, 0.0) if details else None
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _unauthorized(reply: _Reply) -> KubeError:
    message = f"{reply.target} does not accept these credentials (401)"
    certificate = reply.asked.credential.certificate
    if certificate is not None and (ended := expired(certificate)):
        return UnauthorizedError(
            f"{message}: the client certificate expired on {ended}", RENEW_CERTIFICATE, reply.status
        )
    if reply.asked.credential.authorization is not None:
        hint = "The token may have expired, been revoked, or belong to another cluster: log in again or renew it."
    elif certificate is not None:
        hint = "The client certificate may belong to another cluster: fetch a new kubeconfig."
    else:
        hint = "The context names no credentials: give its user a token, a client certificate or an exec plugin."
    return UnauthorizedError(message, hint, reply.status)


def _forbidden(reply: _Reply) -> KubeError:
    said = reply.said.message or ""
    found = _USER.search(said)
    user = quoted(found.group(1), limit=150) if found else ""
    who = f"user {user!r}" if user else "this user"
    told = "" if user else reply.told
    message = f"{who} may not {reply.asked} at {reply.target} (403){told}"
    if user == "system:anonymous":
        hint = "The server saw no credentials: give the context's user a token, a certificate or an exec plugin."
    elif reply.asked.verb in COLLECTIVE:
        verbs = f"kubectl create clusterrole homeperf --verb=get,list,watch --resource={reply.asked.resource}"
        grant = f"Grant it, for example with `{verbs}` and a binding for {user or 'the user'}"
        hint = f"{grant}; `homeperf doctor` prints every rule that is missing."
    else:
        hint = "Bind the user to the ClusterRole system:discovery."
    return Forbidden(message, hint, reply.status)


def _not_found(reply: _Reply) -> KubeError:
    message = f"{reply.target} does not have what was asked for ({reply.asked}: 404){reply.told}"
    if reply.asked.verb in COLLECTIVE:
        hint = "It was removed since discovery, which is now read anew: run again."
        return NotFound(message, hint, reply.status)
    return NotFound(message, _CHECK_SERVER, reply.status)


def _expired(reply: _Reply) -> KubeError:
    lost = (
        "the version from which a watch was to go on" if reply.asked.verb == "watch" else "the snapshot behind a list"
    )
    message = f"{reply.target} no longer has {lost} ({reply.asked}: 410){reply.told}"
    return Expired(message, "Run again; if it repeats, the server compacts faster than it answers.", reply.status)


def _throttled(reply: _Reply) -> KubeError:
    message = f"{reply.target} asked for fewer requests ({reply.asked}: 429){reply.told}"
    hint = "Lower --qps or --concurrency, or run again later."
    return Throttled(message, hint, reply.status, reply.wait)


def _server_error(reply: _Reply) -> KubeError:
    message = f"{reply.target} failed to {reply.asked} ({reply.status}){reply.told}"
    hint = "Look at the logs of kube-apiserver and at the health of etcd."
    if "." in reply.asked.resource:
        hint += " If only this resource fails, look for an APIService that is not Available: kubectl get apiservices."
    return ServerError(message, hint, reply.status, reply.wait)


def _redirect(reply: _Reply) -> KubeError:
    where = quoted(reply.headers.get("Location", "").partition("?")[0], *reply.asked.hidden(), limit=150)
    message = f"{reply.target} answered with a redirect ({reply.status}) to {where or 'nowhere'}, which is not followed"
    hint = f"Something between this machine and the API server wants a login. {_CHECK_SERVER}"
    return BadAnswer(message, hint, reply.status)


def _refused(reply: _Reply) -> KubeError:
    if reply.status == 400 and b"HTTP request to an HTTPS server" in reply.body:
        return BadAnswer(f"{reply.target} speaks HTTPS", "Write https:// in `server` of the cluster.", reply.status)
    return BadAnswer(
        f"{reply.target} refused to {reply.asked} ({reply.status}){reply.told}", _CHECK_SERVER, reply.status
    )


_EXPLAINED: dict[int, Callable[[_Reply], KubeError]] = {
    401: _unauthorized,
    403: _forbidden,
    404: _not_found,
    410: _expired,
    429: _throttled,
    3: _redirect,
    5: _server_error,
}


def _status_in(body: bytes) -> _Status:
    try:
        status = msgspec.json.decode(body, type=_Status)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Status()
    return status if status.kind == "Status" else _Status()
