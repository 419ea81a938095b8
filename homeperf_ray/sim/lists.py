"""LIST: which objects a query selects, and one page of them as bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from homeperf_ray.sim import continuation
from homeperf_ray.sim.apis import Kind, Served
from homeperf_ray.sim.entries import Entry, selectable, unselectable
from homeperf_ray.sim.selectors import field_selector, label_selector
from homeperf_ray.sim.statuses import ApiError, bad_request, expired, invalid_options
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


def select(store: Store, kind: Kind, namespace: str, query: Mapping[str, str], *, minor: int) -> Page:
    """The page that a query asks for. Raises ApiError."""
    matches = selector(kind, query)
    limit = number(query, "limit")
    number(query, "timeoutSeconds")
    wanted = _version(store, query, limit)
    start, version = "", wanted if wanted is not None else store.version
    if query.get("continue"):
        token = continuation.decode(query["continue"], oldest=store.oldest, version=store.version)
        if query.get("resourceVersion", "0") not in {"", "0"}:
            raise bad_request("specifying resource version is not allowed when using continue")
        start, version = token.start, token.rv
    elif query.get("resourceVersion") == "0" and minor < 34:
        limit = 0
    section = store.collection(kind.resource).section(
        namespace, start=start, version=version, limit=limit, matches=matches
    )
    following = continuation.encode(section.following, version) if section.following else ""
    return Page(section.entries, version, following, section.remaining)


def selector(kind: Kind, query: Mapping[str, str]) -> Callable[[Entry], bool] | None:
    """Whether an object is one that a query's selectors want; None for all of them. Raises ApiError."""
    labels = label_selector(query.get("labelSelector", ""))
    fields = field_selector(query.get("fieldSelector", ""), selectable(kind.resource), unselectable(kind))
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


_NUMBER = re.compile(r"[+-]?[0-9]+")


def number(query: Mapping[str, str], name: str) -> int:
    """A whole number in a query, 0 where there is none or a negative one. Raises ApiError 400."""
    return max(0, signed(query, name) or 0)


def signed(query: Mapping[str, str], name: str) -> int | None:
    """A whole number in a query as Go reads it, None where there is none. Raises ApiError 400."""
    text = query.get(name)
    if not text:
        return None
    # Texts of that many digits are out of range, and reading them costs time.
    found = int(text) if _NUMBER.fullmatch(text) and len(text) < 64 else None
    if found is None or not -(1 << 63) <= found < 1 << 63:
        why = "value out of range" if _NUMBER.fullmatch(text) else "invalid syntax"
        raise bad_request(f'strconv.ParseInt: parsing "{text}": {why}')
    return found


def whole_version(text: str) -> int:
    """A resourceVersion as a number. Raises ApiError 500 without a reason, as genuine servers do."""
    if text.isascii() and text.isdigit() and len(text) < 64 and int(text) < 1 << 64:
        return int(text)
    why = "value out of range" if text.isascii() and text.isdigit() else "invalid syntax"
    message = f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": {why}'
    raise ApiError(500, message, reason="")


def known_version(store: Store, query: Mapping[str, str]) -> None:
    """Raise ApiError 504 for a resourceVersion that has not come yet: a cache would wait for it, in vain."""
    wanted = whole_version(query.get("resourceVersion") or "0")
    if wanted > store.version:
        raise ApiError(
            504,
            f"Timeout: Too large resource version: {wanted}, current: {store.version}",
            retry_after=1,
            details={"causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]},
        )


def _version(store: Store, query: Mapping[str, str], limit: int) -> int | None:
    """The one version that a list is to be read at, None for the current one.

    ``resourceVersionMatch=Exact`` asks for it, and a ``limit`` with a version but no match means it too.
    """
    text, match = query.get("resourceVersion", ""), query.get("resourceVersionMatch", "")
    _matched(query, text, match)
    if not text or query.get("continue"):
        return None
    wanted = whole_version(text)
    if match != "Exact" and not (limit and wanted and not match):
        known_version(store, query)
        return None
    if wanted > store.version:
        raise ApiError(500, "etcdserver: mvcc: required revision is a future revision", reason="")
    if wanted < store.oldest:
        raise expired()
    return wanted


def _matched(query: Mapping[str, str], text: str, match: str) -> None:
    """Raise ApiError 422 for a ``resourceVersionMatch`` that makes no sense."""
    field = "resourceVersionMatch"
    if not match:
        return
    faults: list[tuple[str, str, str]] = []
    if not text:
        faults.append((field, "Forbidden", f"Forbidden: {field} is forbidden unless resourceVersion is provided"))
    if query.get("continue"):
        faults.append((field, "Forbidden", f"Forbidden: {field} is forbidden when continue is provided"))
    if match not in {"Exact", "NotOlderThan"}:
        message = f'Unsupported value: "{match}": supported values: "Exact", "NotOlderThan", ""'
        faults.append((field, "NotSupported", message))
    if match == "Exact" and text == "0":
        message = f'Forbidden: {field} "exact" is forbidden for resourceVersion "0"'
        faults.append((field, "Forbidden", message))
    if faults:
        raise invalid_options("ListOptions", *faults)
