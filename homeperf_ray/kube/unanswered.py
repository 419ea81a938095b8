"""What happened instead of an answer, as an error of the tree."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TypeVar

from homeperf_ray.kube.asked import Asked, Failure
from homeperf_ray.kube.errors import BadAnswer, ConfigError, Unreachable
from homeperf_ray.kube.secret import quoted
from homeperf_ray.kube.untrusted import RENEW_CERTIFICATE, expired, tls_error

E = TypeVar("E", bound=BaseException)

_CHECK_ADDRESS = "Is the API server running, and is `server` of the cluster in the kubeconfig its address?"
_CHECK_PROXY = "Check proxy-url of the cluster in the kubeconfig, or HTTPS_PROXY."
_ON_THE_WAY = "Try again; if it repeats, look at the proxies and load balancers in front of the API server."


def from_exception(asked: Asked, error: Exception, *, waited: float, stage: str) -> Failure:
    """The failure for an exception of aiohttp, of TLS or of the loop.

    ``stage`` is what was being done: ``start``, ``queue``, ``credential``, ``permit``, ``connect``, ``answer`` or
    ``transfer``; ``waited`` is how long the attempt took, in seconds.
    """
    import aiohttp

    if isinstance(error, ConfigError):
        message = f"context {asked.target.context!r}: {error.message}"
        return Failure(ConfigError(message, error.hint), "config")
    if isinstance(error, aiohttp.ClientHttpProxyError | aiohttp.ClientProxyConnectionError):
        return _proxy(asked, error)
    if tls := _chained(error, ssl.SSLError):
        return Failure(tls_error(asked, tls), "tls")
    if isinstance(error, asyncio.TimeoutError):
        return _silence(asked, waited, stage)
    if isinstance(error, aiohttp.ClientConnectorError | socket.gaierror):
        return _no_connection(asked, error)
    return _broken_off(asked, error, stage)


def _proxy(asked: Asked, error: Exception) -> Failure:
    status = getattr(error, "status", None)
    if status is None:
        message = f"the proxy on the way to {asked.target} cannot be reached: {_reason(error)}"
        return Failure(Unreachable(message, _CHECK_PROXY), "refused")
    message = f"the proxy on the way to {asked.target} refused to connect ({status})"
    hint = "Check that the proxy may connect to the API server's address and port."
    if status == 407:
        hint = "It wants a user and a password: put them into proxy-url of the cluster."
    return Failure(Unreachable(message, hint), "refused")


def _no_connection(asked: Asked, error: Exception) -> Failure:
    if _chained(error, socket.gaierror):
        message = f"{asked.target}: the name of the host cannot be resolved"
        hint = "Check `server` of the cluster in the kubeconfig, the DNS of this machine, and the VPN if there is one."
        return Failure(Unreachable(message, hint), "dns")
    message = f"{asked.target} cannot be reached: {_reason(error)}"
    return Failure(Unreachable(message, _CHECK_ADDRESS), "refused")


def _broken_off(asked: Asked, error: Exception, stage: str) -> Failure:
    import aiohttp

    if stage == "transfer" or isinstance(error, aiohttp.ClientPayloadError):
        return Failure(BadAnswer(f"{asked.target} cut its answer off ({asked})", _ON_THE_WAY), "truncated")
    certificate = asked.credential.certificate
    if certificate is not None and (ended := expired(certificate)):
        message = f"{asked.target} closed the connection; the client certificate expired on {ended}"
        return Failure(Unreachable(message, RENEW_CERTIFICATE), "tls")
    if isinstance(error, OSError | aiohttp.ServerDisconnectedError):
        message = f"{asked.target} closed the connection without an answer ({asked})"
        return Failure(Unreachable(message, f"Is the API server restarting? {_ON_THE_WAY}"), "reset")
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.http_exceptions.HttpProcessingError):
        message = f"{asked.target} does not answer in HTTP ({asked})"
        hint = "Check `server` of the cluster in the kubeconfig: its scheme and its port."
        return Failure(BadAnswer(message, hint), "protocol")
    return Failure(Unreachable(f"{asked.target}: {asked} failed ({type(error).__name__})", _CHECK_ADDRESS), "other")


def _silence(asked: Asked, waited: float, stage: str) -> Failure:
    target = asked.target
    within = f"within {waited:.1f} s" if waited >= 0.1 else f"within {waited * 1000:.0f} ms"
    if stage == "start":
        return Failure(Unreachable(f"no time was left to {asked} at {target}", "Raise --timeout."), "budget")
    if stage == "queue":
        message, hint = f"every connection to {target} was busy for {waited:.1f} s", "Raise --concurrency or --timeout."
        return Failure(Unreachable(message, hint), "budget")
    if stage == "permit":
        message, hint = f"the request budget left no room to {asked} {within}", "Raise --qps, --burst or --timeout."
        return Failure(Unreachable(message, hint), "budget")
    if stage == "credential":
        message = f"the credentials for {target} were not ready {within}"
        return Failure(
            Unreachable(message, "Look at the exec plugin of the context's user, or raise --timeout."), "budget"
        )
    what = "fell silent in the middle of its answer" if stage == "transfer" else "gave no answer"
    hint = (
        "Is the API server overloaded, or a firewall dropping packets? "
        "Raise --request-timeout, or else --timeout, if it is only slow."
    )
    cause = "no connection" if stage == "connect" else "timeout"
    return Failure(Unreachable(f"{target} {what} {within} ({asked})", hint), cause)


def _chained(error: BaseException, kind: type[E]) -> E | None:
    """The first exception of a kind in a chain of causes, some of which aiohttp keeps in attributes.

    Some of aiohttp's own derive from ``ssl.SSLError`` without being one: they have no reason and no code.
    """
    import aiohttp

    seen: list[BaseException] = []
    queue: list[BaseException | None] = [error]
    while queue:
        link = queue.pop(0)
        if isinstance(link, kind) and not isinstance(link, aiohttp.ClientError):
            return link
        if link is not None and link not in seen:
            seen.append(link)
            queue += [link.__cause__, getattr(link, "os_error", None), getattr(link, "certificate_error", None)]
    return None


def _reason(error: Exception) -> str:
    found = _chained(error, ConnectionRefusedError)
    if found is not None:
        return "connection refused"
    cause = getattr(error, "os_error", error)
    return quoted(getattr(cause, "strerror", None) or type(cause).__name__, limit=120)
