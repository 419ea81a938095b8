"""Host names, ports and URLs as somebody wrote them, read with distrust."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from homeperf_ray.kube.secret import quoted
from homeperf_ray.probes.addresses import literal
from homeperf_ray.probes.probe import HttpProbe

LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
"""Underscores are no letters of a host name, and stand in many."""

LONGEST_URL = 2048
_NUMBER_LIKE = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\\]")


class BadTargetError(ValueError):
    """What cannot be probed, in a few words that are fit to be shown."""


def host_name(text: str) -> str:
    """A host as it goes over the wire: an address, or a name in lower case with its IDN labels encoded (RFC 5891).

    Raises BadTargetError: for control characters, labels that DNS has no room for, and numbers that C's ``inet_aton``
    would take for an address (``0x7f.1``, ``2130706433``).
    """
    plain = text.removeprefix("[").removesuffix("]") if text.startswith("[") else text
    if address := literal(plain):
        return str(address)
    if _UNSEEN.search(text):
        raise BadTargetError(f"the host {_shown(text)} holds characters that no name has")
    name = _encoded(text).lower().removesuffix(".")
    if not name or len(name) > 253 or not all(LABEL.fullmatch(label) for label in name.split(".")):
        raise BadTargetError(f"{_shown(text)} is no host name")
    if _NUMBER_LIKE.fullmatch(name.rpartition(".")[2]):
        raise BadTargetError(f"{_shown(text)} is neither an address nor a name")
    return name


def port_number(value: int) -> int:
    """A TCP port. Raises BadTargetError."""
    if not 0 < value < 65_536:
        raise BadTargetError(f"{value} is no port")
    return value


def http_probe(text: str, *, status: tuple[int, ...] = ()) -> HttpProbe:
    """The probe of an ``http`` or ``https`` URL. Raises BadTargetError; what is wrong is never shown with a query.

    A user name or password in it is refused, since no credentials are ever sent.
    """
    if len(text) > LONGEST_URL:
        raise BadTargetError(f"the URL has more than {LONGEST_URL} characters")
    if _UNSEEN.search(text):
        raise BadTargetError("the URL holds spaces, backslashes or characters that cannot be seen")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadTargetError("the URL has a malformed host or port") from None
    if parts.scheme not in ("http", "https"):
        raise BadTargetError("the URL must begin with http:// or https://")
    if "@" in parts.netloc:
        raise BadTargetError("the URL holds a user name; no credentials are ever sent")
    if not parts.hostname:
        raise BadTargetError("the URL names no host")
    tls = parts.scheme == "https"
    return HttpProbe(
        host=host_name(parts.hostname),
        port=port_number((443 if tls else 80) if port is None else port),
        path=path_of(parts.path),
        tls=tls,
        query=quote(parts.query, safe="%/:?@!$&'()*+,;=-._~"),
        status=status,
    )


def path_of(text: str) -> str:
    """A path fit for a request line; ``/`` for one that is none."""
    if not text.startswith("/") or len(text) > LONGEST_URL or _UNSEEN.search(text):
        return "/"
    return quote(text, safe="%/:@!$&'()*+,;=-._~")


def without_userinfo(location: str) -> str:
    """Where a redirect leads, fit to be shown: without user name and password, without a query, on one line."""
    try:
        parts = urlsplit(location)
        netloc = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "(malformed)"
    query = "?..." if parts.query else ""
    origin = f"{parts.scheme}://{netloc}" if parts.scheme and netloc else f"//{netloc}" if netloc else ""
    if parts.scheme and not netloc:
        origin = f"{parts.scheme}:"
    return quoted(f"{origin}{parts.path}{query}", limit=300)


def _encoded(text: str) -> str:
    if text.isascii():
        return text
    import idna

    try:
        return idna.encode(text.removesuffix("."), uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise BadTargetError(f"{_shown(text)} is no host name") from None


def _shown(text: str) -> str:
    return repr(quoted(text, limit=80))
