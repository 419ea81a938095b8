"""What a write brings along: an object, a patch or options, read within the limits of a genuine server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import msgspec

from homeperf_ray.sim import messages, patches, protobuf, shapes
from homeperf_ray.sim.answers import JSON, YAML
from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.entries import Entry
from homeperf_ray.sim.statuses import ApiError, bad_request

Object = dict[str, Any]

LARGEST = 3 << 20
"""Bytes that a body may have."""

_VALUES = 1_000_000
"""What a YAML document may grow to once its aliases are followed."""


def document(body: bytes, content_type: str, served: Served) -> Object:
    """The object that was sent. Raises ApiError 400 or 415."""
    kind = served.kind.kind
    if content_type in YAML:
        item = _yaml(body)
    elif content_type == protobuf.MEDIA_TYPE and kind in messages.MESSAGES:
        item = messages.read(body, kind)
    elif content_type in {JSON, ""}:
        item = _json(body, f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; ")
    else:
        raise unsupported("application/json, application/yaml")
    if item is None:
        item = {}
    if not isinstance(item, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {kind})")
    named, version = item.get("kind", kind), item.get("apiVersion", served.api_version)
    if (named, version) != (kind, served.api_version):
        raise bad_request(f'{named} in version "{version}" cannot be handled as a {kind}')
    shapes.check(served, item)
    return cast("Object", item if served.kind.custom else _without_nulls(item))


def review(body: bytes, content_type: str, served: Served) -> Object:
    """What is asked about oneself. Raises ApiError 400 or 415."""
    if content_type == protobuf.MEDIA_TYPE:
        item = protobuf.review(body)
    elif content_type == JSON:
        item = _json(body, "the object provided is unrecognized: ")
    else:
        raise unsupported(f"{JSON}, {protobuf.MEDIA_TYPE}")
    if not isinstance(item, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {served.kind.kind})")
    shapes.check(served, item)
    return item


def patched(before: Entry, served: Served, body: bytes, content_type: str) -> Object:
    """What a patch makes of an object. Raises ApiError 400, 413, 415 or 422."""
    apply = patches.APPLY.get(content_type)
    if apply is None or (served.kind.custom and content_type == patches.STRATEGIC):
        taken = f"{patches.JSON_PATCH}, {patches.MERGE}" + ("" if served.kind.custom else f", {patches.STRATEGIC}")
        raise unsupported(taken)
    item = apply(before.document(), _json(body, "error decoding patch: "))
    if not isinstance(item, dict) or not isinstance(item.get("metadata"), dict):
        raise bad_request("the patch leaves no object")
    try:
        shapes.check(served, item)
    except ApiError as error:
        raise unfit(error) from error
    item = item if served.kind.custom else _without_nulls(item)
    return {**item, "metadata": {**item["metadata"], "name": item["metadata"].get("name", before.name)}}


def unfit(error: ApiError) -> ApiError:
    """What a patch gets that makes something of an object that it cannot be."""
    return ApiError(422, f' "" is invalid: patch: Invalid value: {error.message}', details={})


def plain(body: bytes, content_type: str, before: Object | None) -> Any:
    """A document of any shape that was sent, or what a patch makes of ``before``. Raises ApiError."""
    if before is None:
        if content_type not in {JSON, ""}:
            raise unsupported(JSON)
        return _json(body, "the object provided is unrecognized: ")
    apply = patches.APPLY.get(content_type)
    if apply is None:
        raise unsupported(f"{patches.JSON_PATCH}, {patches.MERGE}, {patches.STRATEGIC}")
    return apply(before, _json(body, "error decoding patch: "))


class _Preconditions(msgspec.Struct, rename={"version": "resourceVersion"}):
    uid: str | None = None
    version: str | None = None


class DeleteOptions(msgspec.Struct):
    """What a DELETE may ask for: that it is still this object, in this version."""

    preconditions: _Preconditions | None = None

    @property
    def uid(self) -> str | None:
        return self.preconditions.uid if self.preconditions else None

    @property
    def version(self) -> str | None:
        return self.preconditions.version if self.preconditions else None


def options(body: bytes, content_type: str) -> DeleteOptions:
    """The options of a DELETE, in its body if it has one. Raises ApiError 400."""
    if not body or content_type not in {JSON, ""}:
        return DeleteOptions()
    try:
        return msgspec.json.decode(body, type=DeleteOptions)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise bad_request(f"the object provided is unrecognized: {error}") from error


def unsupported(taken: str) -> ApiError:
    """What a body of a media type gets that is not ``taken``."""
    message = f"the body of the request was in an unknown format - accepted media types include: {taken}"
    return ApiError(415, message, reason="UnsupportedMediaType")


def _json(body: bytes, complaint: str) -> Any:
    """A genuine server reads over text that is no UTF-8, and so does this."""
    try:
        try:
            return msgspec.json.decode(body)
        except UnicodeDecodeError:
            return msgspec.json.decode(body.decode(errors="replace"))
    except msgspec.MsgspecError as error:
        raise bad_request(f"{complaint}json parse error: {error}") from error


def _yaml(body: bytes) -> Any:
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Reads times as the texts that they are."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in Loader.yaml_implicit_resolvers.items()
    }
    try:
        found = yaml.load(body, Loader)  # noqa: S506  a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise bad_request(f"the object provided is unrecognized: {error}") from error
    if any(number >= _VALUES for number, _ in enumerate(_values(found))):
        raise bad_request("the object provided is unrecognized: yaml: document contains excessive aliasing")
    return found


def _values(value: Any) -> Iterator[None]:
    """Every value in a document, those behind aliases as often as they are named."""
    open_ = [value]
    while open_:
        one = open_.pop()
        yield
        if isinstance(one, dict):
            open_.extend(one.values())
        elif isinstance(one, list):
            open_.extend(one)


def _without_nulls(value: Any) -> Any:
    """A value of a built-in type as it is kept: null is absent, but for times, which are shown as null."""
    if isinstance(value, dict):
        return {
            name: _without_nulls(inner)
            for name, inner in value.items()
            if inner is not None or name.endswith(("Time", "Timestamp"))
        }
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
