"""What is sent back, before it meets the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from homeperf_ray.sim.statuses import ApiError

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: its status, its whole body, its headers beside Content-Type and Content-Length."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def failure(error: ApiError) -> Answer:
    """The Status of an error."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if error.code == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="homelab"'
    return Answer(error.body(), error.code, headers=headers)


def too_many() -> Answer:
    """What a request gets whose priority level has no room for it: plain text as from a genuine server."""
    body = b"Too many requests, please try again later.\n"
    headers = {"Retry-After": "1", "X-Content-Type-Options": "nosniff"}
    return Answer(body, 429, "text/plain; charset=utf-8", headers)


def unknown_path() -> Answer:
    """What a path gets that nothing is served at, plain text as from a genuine server."""
    return Answer(b"404 page not found\n", 404, "text/plain; charset=utf-8")


@lru_cache(maxsize=256)
def representation(accept: str) -> str:
    """How a client wants objects: ``Table``, ``PartialObjectMetadata``, ``""`` for plain JSON.

    ApiError 406 where it takes nothing that is served here (protobuf alone, for instance).
    """
    if not accept.strip():
        return ""
    for wanted in accept.split(","):
        media, *parameters = (part.strip() for part in wanted.split(";"))
        fields = dict(parameter.partition("=")[::2] for parameter in parameters)
        if media not in {JSON, "application/*", "*/*"}:
            continue
        shape = fields.get("as", "")
        if not shape:
            return ""
        if fields.get("g") == "meta.k8s.io" and fields.get("v") == "v1":
            if shape == "Table":
                return "Table"
            if shape in {"PartialObjectMetadata", "PartialObjectMetadataList"}:
                return "PartialObjectMetadata"
    raise ApiError(406, "only the following media types are accepted: application/json")
