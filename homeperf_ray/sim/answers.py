"""What is sent back, before it meets the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from homeperf_ray.sim.statuses import ApiError

JSON = "application/json"
YAML = frozenset({"application/yaml", "application/x-yaml"})


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: its status, its whole body, its headers beside Content-Type and Content-Length."""

    body: bytes
    status: int = 200
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


def failure(error: ApiError) -> Answer:
    """The Status of an error."""
    headers = dict(error.headers)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return Answer(error.body(), error.code, headers=headers)


def too_many() -> Answer:
    """What a request gets whose priority level has no room for it: plain text as from a genuine server."""
    body = b"Too many requests, please try again later.\n"
    headers = {"Retry-After": "1", "X-Content-Type-Options": "nosniff"}
    return Answer(body, 429, "text/plain; charset=utf-8", headers)


def unknown_path() -> Answer:
    """What a path of an API group gets that is not served, plain text as from a genuine server."""
    headers = {"X-Content-Type-Options": "nosniff"}
    return Answer(b"404 page not found\n", 404, "text/plain; charset=utf-8", headers)


def unknown_resource() -> Answer:
    """What a resource gets that a served group version has not."""
    return failure(ApiError(404, "the server could not find the requested resource", details={}))


_METADATA = {False: "PartialObjectMetadata", True: "PartialObjectMetadataList"}


@lru_cache(maxsize=256)
def representation(accept: str, *, listed: bool, kind: str) -> str:
    """How a client wants objects of a kind, ``listed`` or one by one: ``Table``, ``PartialObjectMetadata``, ``""``.

    ApiError 406 where it takes nothing that is served here (protobuf alone, for instance).
    """
    refusal = "406: Not Acceptable"
    if not accept.strip():
        return ""
    for wanted in accept.split(","):
        media, *parameters = (part.strip() for part in wanted.split(";"))
        fields = dict(parameter.partition("=")[::2] for parameter in parameters)
        if media not in {JSON, "*/*"} and media not in YAML:
            continue
        shape = fields.get("as", "")
        if not shape:
            return ""
        if fields.get("g") == "meta.k8s.io" and fields.get("v") == "v1":
            if shape == "Table":
                return "Table"
            if shape == _METADATA[listed]:
                return "PartialObjectMetadata"
            if shape == _METADATA[not listed]:
                what = f"a list (*core.{kind}List)" if listed else f"not a list (*core.{kind})"
                raise ApiError(406, f"you requested {shape}, but the requested object is {what}")
        refusal = "only the following media types are accepted: application/json"
    raise ApiError(406, refusal, details={} if refusal.startswith("406") else None)
