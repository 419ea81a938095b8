"""LIST: which objects a query selects, and one page of them as bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from homeperf_ray.sim import continuation
from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.collection import Collection
from homeperf_ray.sim.entries import Entry, selectable
from homeperf_ray.sim.selectors import field_selector, label_selector
from homeperf_ray.sim.statuses import ApiError, bad_request, expired
from homeperf_ray.sim.store import Store


@dataclass(frozen=True)
class Page:
    """One page: its objects, and the metadata of the list."""

    entries: Sequence[Entry]
    version: int
    continue_token: str = ""
    remaining: int | None = None

    def metadata(self) -> dict[str, str | int]:
        """ListMeta; ``remainingItemCount`` is absent where selectors make it unknown, as on a genuine server."""
        meta: dict[str, str | int] = {"resourceVersion": str(self.version)}
        if self.continue_token:
            meta["continue"] = self.continue_token
            if self.remaining is not None:
                meta["remainingItemCount"] = self.remaining
        return meta


def select(store: Store, collection: Collection, namespace: str, query: Mapping[str, str], *, minor: int) -> Page:
    """The page that a query asks for. Raises ApiError."""
    matches = selector(collection.resource, query)
    limit = _number(query, "limit")
    wanted = _version(store, query)
    start, version = "", store.version
    if query.get("continue"):
        token = continuation.decode(query["continue"], oldest=store.oldest, version=store.version)
        start, version = token.start, token.rv
    elif wanted == "0" and minor < 34:
        limit = 0
    section = collection.section(namespace, start=start, version=version, limit=limit, matches=matches)
    following = continuation.encode(section.following, version) if section.following else ""
    return Page(section.entries, version, following, section.remaining)


def selector(resource: str, query: Mapping[str, str]) -> Callable[[Entry], bool] | None:
    """Whether an object is one that a query's selectors want; None for all of them. Raises ApiError."""
    labels = label_selector(query.get("labelSelector", ""))
    fields = field_selector(query.get("fieldSelector", ""), selectable(resource))
    if labels is None and fields is None:
        return None
    return lambda entry: (labels is None or labels(entry.labels)) and (fields is None or fields(entry.fields))


def render(page: Page, served: Served) -> bytes:
    """The page as a list of the served type. Objects of custom resources carry their type, others do not."""
    kind, api_version = served.kind.kind, served.api_version
    if served.kind.custom:
        items = [entry.typed(kind, api_version) for entry in page.entries]
    else:
        items = [entry.body for entry in page.entries]
    head = b'{"kind":"%sList","apiVersion":"%s","metadata":%s,"items":[' % (
        kind.encode(),
        api_version.encode(),
        msgspec.json.encode(page.metadata()),
    )
    return b"".join((head, b",".join(items), b"]}\n"))


class _Named(msgspec.Struct):
    metadata: msgspec.Raw


_named = msgspec.json.Decoder(_Named)


def partial(entry: Entry) -> bytes:
    """The object's metadata alone."""
    metadata = bytes(_named.decode(entry.body).metadata)
    return b'{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":%s}' % metadata


def render_partial(page: Page) -> bytes:
    """The page as a PartialObjectMetadataList."""
    head = b'{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":%s,"items":[' % (
        msgspec.json.encode(page.metadata())
    )
    return b"".join((head, b",".join(partial(entry) for entry in page.entries), b"]}\n"))


def _number(query: Mapping[str, str], name: str) -> int:
    text = query.get(name) or "0"
    try:
        number = int(text)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
    return max(0, number)


def _version(store: Store, query: Mapping[str, str]) -> str:
    text = query.get("resourceVersion", "")
    match = query.get("resourceVersionMatch", "")
    if text and query.get("continue") and text != "0":
        raise bad_request("specifying resource version is not allowed when using continue")
    if not text:
        return ""
    if not text.isdecimal():
        raise ApiError(400, f'Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax')
    if int(text) > store.version:
        raise ApiError(
            504,
            f"Too large resource version: {text}, current: {store.version}",
            retry_after=1,
            details={"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]},
        )
    if match == "Exact" and int(text) < store.oldest:
        raise expired()
    return text
