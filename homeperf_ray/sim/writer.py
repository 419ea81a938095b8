"""Writes over the API: create, update, patch, status, delete. No I/O, and nothing follows from a write by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any, cast
from uuid import uuid4

import msgspec

from homeperf_ray.sim import lists, messages, patches, protobuf, statuses
from homeperf_ray.sim.answers import JSON, Answer
from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.defaults import completed
from homeperf_ray.sim.entries import Entry, encode
from homeperf_ray.sim.routes import Route
from homeperf_ray.sim.statuses import ApiError, bad_request, invalid, not_found
from homeperf_ray.sim.store import Store

Object = dict[str, Any]

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

_NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    r"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)

_KEPT = (
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)
"""Metadata that the server gives; what a client sends for them is passed over."""

_RETURNED = frozenset({"pods", "persistentvolumeclaims", "persistentvolumes", "serviceaccounts", "resourcequotas"})
"""Resources whose DELETE answers with the object instead of a Status."""

_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"


class Writer:
    """Writes to one store as the API server would. ``clock`` tells the time that objects are stamped with."""

    def __init__(self, store: Store, *, minor: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._minor = minor
        self._clock = clock
        self._random = SystemRandom()

    def write(self, route: Route, served: Served, query: Mapping[str, str], body: bytes, content_type: str) -> Answer:
        """Do what a request that is no read asks for. Raises ApiError."""
        kind = served.kind
        if route.verb not in kind.verbs or (kind.namespaced and not route.namespace):
            raise ApiError(405, details={})
        if not route.name and route.verb in {"update", "patch"}:
            raise ApiError(405, details={})
        if route.subresource and route.verb not in {"update", "patch"}:
            raise ApiError(405, details={})
        dry = _dry(query, route.verb)
        if route.verb == "create":
            return self._create(route, served, _document(body, content_type, served), dry=dry)
        if route.verb == "delete":
            return self._delete(route, served, _options(body, content_type), dry=dry)
        if route.verb == "deletecollection":
            return self._delete_all(route, served, query, dry=dry)
        before = self._found(route, served)
        if route.verb == "update":
            return self._update(route, served, before, _document(body, content_type, served), dry=dry)
        return self._update(route, served, before, _patched(before, served, body, content_type), dry=dry)

    def _create(self, route: Route, served: Served, item: Object, *, dry: bool) -> Answer:
        if route.name:
            raise ApiError(405, details={})
        metadata = _metadata(item, route)
        if metadata.get("resourceVersion"):
            raise ApiError(500, "resourceVersion should not be set on objects to be created", reason="")
        name = self._name(metadata, served)
        self._admit(route, served, name)
        if self._store.collection(served.kind.resource).get(_namespace(route, served), name) is not None:
            raise statuses.already_exists(served.kind.group, served.kind.plural, name)
        made: Object = {"name": name, "uid": str(uuid4()), "creationTimestamp": self._now(), **_sent(metadata)}
        if served.kind.namespaced:
            made["namespace"] = route.namespace
        if served.kind.generations:
            made["generation"] = 1
        whole = completed(served, {**_bare(item), "metadata": made}, minor=self._minor)
        return self._stored(served, whole, 201, dry=dry)

    def _update(self, route: Route, served: Served, before: Entry, item: Object, *, dry: bool) -> Answer:
        metadata, old = _metadata(item, route), before.document()
        sent, kind = metadata.get("name", ""), served.kind
        if sent != route.name:
            raise bad_request(
                f"the name of the object ({sent}) does not match the name on the URL ({route.name})"
                if sent
                else "metadata.name: Required value: name must be provided"
            )
        if metadata.get("uid", old["metadata"].get("uid")) != old["metadata"].get("uid"):
            raise statuses.conflict(
                kind.group,
                kind.plural,
                route.name,
                f"Precondition failed: UID in precondition: {metadata['uid']}, "
                f"UID in object meta: {old['metadata'].get('uid')}",
            )
        if metadata.get("resourceVersion", str(before.version)) not in {"", "0", str(before.version)}:
            raise statuses.modified(kind.group, kind.plural, route.name)
        whole = _joined(route, served, old, item)
        if whole == old:
            return Answer(before.typed(kind.kind, served.api_version) + b"\n")
        if whole["metadata"].get("deletionTimestamp") and not whole["metadata"].get("finalizers"):
            if not dry:
                self._store.remove(kind.resource, before.namespace, before.name)
            return Answer(encode(kind.resource, whole).typed(kind.kind, served.api_version) + b"\n")
        return self._stored(served, whole, 200, dry=dry)

    def _delete(self, route: Route, served: Served, options: Object, *, dry: bool) -> Answer:
        entry, kind = self._found(route, served), served.kind
        wanted = options.get("preconditions") or {}
        uid, version = entry.document()["metadata"].get("uid", ""), str(entry.version)
        if wanted.get("uid", uid) != uid:
            raise statuses.conflict(
                "",
                kind.kind,
                route.name,
                f"the UID in the precondition ({wanted['uid']}) does not match the UID in record ({uid}). The object "
                "might have been deleted and then recreated",
            )
        if wanted.get("resourceVersion", version) != version:
            raise statuses.conflict(
                "",
                kind.kind,
                route.name,
                f"the ResourceVersion in the precondition ({wanted['resourceVersion']}) does not match the "
                f"ResourceVersion in record ({version}). The object might have been modified",
            )
        shown, gone = self._removed(served, entry, dry=dry)
        if not gone or kind.resource in _RETURNED:
            return Answer(shown.typed(kind.kind, served.api_version) + b"\n")
        details = {"name": route.name, **({"group": kind.group} if kind.group else {}), "kind": kind.plural, "uid": uid}
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
        return Answer(msgspec.json.encode(status) + b"\n")

    def _delete_all(self, route: Route, served: Served, query: Mapping[str, str], *, dry: bool) -> Answer:
        namespace = _namespace(route, served)
        page = lists.select(self._store, served.kind, namespace, query, minor=self._minor)
        for entry in page.entries:
            self._removed(served, entry, dry=dry)
        return Answer(lists.render(page, served))

    def _removed(self, served: Served, entry: Entry, *, dry: bool) -> tuple[Entry, bool]:
        """Take an object away, or mark one that has finalizers; how it is shown, and whether it is gone."""
        kind, item = served.kind, entry.document()
        lasting = item["metadata"].get("finalizers") or (kind.resource == "namespaces")
        if not lasting:
            if not dry:
                self._store.remove(kind.resource, entry.namespace, entry.name)
            return entry, True
        if item["metadata"].get("deletionTimestamp"):
            return entry, False
        marks: Object = {"deletionTimestamp": self._now()}
        if kind.resource == "namespaces":
            item["status"] = {**item.get("status", {}), "phase": "Terminating"}
        else:
            marks["deletionGracePeriodSeconds"] = 0
        item["metadata"] |= marks
        if dry:
            return encode(kind.resource, item), False
        after = self._store.put(kind.resource, item).after
        assert after is not None
        return after, False

    def _stored(self, served: Served, item: Object, status: int, *, dry: bool) -> Answer:
        kind = served.kind
        if dry:
            item["metadata"].pop("resourceVersion", None)
            entry: Entry | None = encode(kind.resource, {"metadata": item.pop("metadata"), **item})
        else:
            entry = self._store.put(kind.resource, item).after
        assert entry is not None
        return Answer(entry.typed(kind.kind, served.api_version) + b"\n", status)

    def _found(self, route: Route, served: Served) -> Entry:
        entry = self._store.collection(served.kind.resource).get(_namespace(route, served), route.name)
        if entry is None:
            raise not_found(served.kind.group, served.kind.plural, route.name)
        return entry

    def _admit(self, route: Route, served: Served, name: str) -> None:
        """Objects are made only in namespaces that are there and stay."""
        if not served.kind.namespaced:
            return
        namespace = self._store.collection("namespaces").get("", route.namespace)
        if namespace is None:
            raise not_found("", "namespaces", route.namespace)
        if namespace.fields.get("status.phase") == "Terminating":
            why = f"unable to create new content in namespace {route.namespace} because it is being terminated"
            cause = {
                "reason": "NamespaceTerminating",
                "message": f"namespace {route.namespace} is being terminated",
                "field": "metadata.namespace",
            }
            details = {"name": name, "kind": served.kind.plural, "causes": [cause]}
            raise ApiError(403, f'{served.kind.resource} "{name}" is forbidden: {why}', details=details)

    def _name(self, metadata: Object, served: Served) -> str:
        kind, name = served.kind.kind, metadata.get("name", "")
        if not name and metadata.get("generateName"):
            name = f"{metadata['generateName'][:58]}{''.join(self._random.choices(_SUFFIX, k=5))}"
        if not name:
            raise invalid(kind, "", "metadata.name", "Required", "name or generateName is required")
        if not _NAME.fullmatch(name) or len(name) > 253:
            raise invalid(kind, name, "metadata.name", "Invalid", _NAME_RULE, value=name)
        return str(name)

    def _now(self) -> str:
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")


def _joined(route: Route, served: Served, old: Object, item: Object) -> Object:
    """The object as it will be: what the server gives stays, and each endpoint writes its own part."""
    kind, metadata = served.kind, old["metadata"]
    if route.subresource == "status":
        return {**old, **({"status": item["status"]} if "status" in item else {})}
    sent = _sent(item["metadata"])
    kept = {name: metadata[name] for name in _KEPT if name in metadata}
    whole = {"metadata": {**kept, "resourceVersion": metadata.get("resourceVersion", "0"), **sent}, **_bare(item)}
    if kind.has_status:
        whole.pop("status", None)
        whole |= {"status": old["status"]} if "status" in old else {}
    if kind.generations and whole.get("spec") != old.get("spec"):
        whole["metadata"]["generation"] = metadata.get("generation", 0) + 1
    return whole


def _patched(before: Entry, served: Served, body: bytes, content_type: str) -> Object:
    apply = patches.APPLY.get(content_type)
    if apply is None or (served.kind.custom and content_type == patches.STRATEGIC):
        raise ApiError(
            415,
            "the body of the request was in an unknown format - accepted media types include: "
            f"{patches.JSON_PATCH}, {patches.MERGE}" + ("" if served.kind.custom else f", {patches.STRATEGIC}"),
            reason="UnsupportedMediaType",
        )
    try:
        patch = msgspec.json.decode(body)
    except msgspec.MsgspecError as error:
        raise bad_request(f"error decoding patch: {error}") from error
    old = before.document()
    patched = apply(old, patch)
    if not isinstance(patched, dict) or not isinstance(patched.get("metadata"), dict):
        raise bad_request("the patch leaves no object")
    return {**patched, "metadata": {**patched["metadata"], "name": patched["metadata"].get("name", before.name)}}


def _document(body: bytes, content_type: str, served: Served) -> Object:
    """The object that was sent. Raises ApiError 400 or 415."""
    if content_type in {"application/yaml", "application/x-yaml"}:
        import yaml

        try:
            item = yaml.safe_load(body)
        except yaml.YAMLError as error:
            raise bad_request(f"the object provided is unrecognized: {error}") from error
    elif content_type == protobuf.MEDIA_TYPE and served.kind.kind in messages.MESSAGES:
        item = messages.read(body, served.kind.kind)
    elif content_type in {JSON, ""}:
        try:
            item = msgspec.json.decode(body)
        except msgspec.MsgspecError as error:
            raise bad_request(
                f"the object provided is unrecognized (must be of type {served.kind.kind}): couldn't get "
                f"version/kind; json parse error: {error}"
            ) from error
    else:
        raise ApiError(
            415,
            "the body of the request was in an unknown format - accepted media types include: "
            "application/json, application/yaml",
            reason="UnsupportedMediaType",
        )
    if not isinstance(item, dict):
        raise bad_request(f"the object provided is unrecognized (must be of type {served.kind.kind})")
    kind, version = item.get("kind", served.kind.kind), item.get("apiVersion", served.api_version)
    if (kind, version) != (served.kind.kind, served.api_version):
        raise bad_request(f'{kind} in version "{version}" cannot be handled as a {served.kind.kind}')
    return cast("Object", item)


def _options(body: bytes, content_type: str) -> Object:
    if not body or content_type not in {JSON, ""}:
        return {}
    try:
        return msgspec.json.decode(body, type=Object)
    except msgspec.MsgspecError as error:
        raise bad_request(f"the object provided is unrecognized: {error}") from error


def _metadata(item: Object, route: Route) -> Object:
    metadata = item.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise bad_request("the object provided is unrecognized: its metadata is no object")
    if metadata.get("namespace", route.namespace) not in {"", route.namespace}:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    return metadata


def _sent(metadata: Object) -> Object:
    """The metadata that a client may set."""
    mine = (*_KEPT, "resourceVersion", "selfLink")
    return {name: value for name, value in metadata.items() if name not in mine and value is not None}


def _bare(item: Object) -> Object:
    return {name: value for name, value in item.items() if name not in {"kind", "apiVersion", "metadata"}}


def _dry(query: Mapping[str, str], verb: str) -> bool:
    asked = query.get("dryRun", "")
    if asked not in {"", "All"}:
        options = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}
        text = f'Unsupported value: []string{{"{asked}"}}: supported values: "All"'
        raise statuses.invalid_options(options.get(verb, "DeleteOptions"), ("dryRun", "NotSupported", text))
    return asked == "All"


def _namespace(route: Route, served: Served) -> str:
    return route.namespace if served.kind.namespaced else ""
