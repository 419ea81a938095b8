"""Writes over the API: create, update, patch, status, delete. No I/O, and nothing follows from a write by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from homeperf_ray.sim import bodies, identity, scale, statuses
from homeperf_ray.sim.answers import Answer
from homeperf_ray.sim.apis import Served
from homeperf_ray.sim.defaults import completed
from homeperf_ray.sim.deletion import Deletion
from homeperf_ray.sim.entries import Entry, encode
from homeperf_ray.sim.routes import Route
from homeperf_ray.sim.statuses import ApiError, bad_request, not_found
from homeperf_ray.sim.store import Store, entry_of

Object = dict[str, Any]


class Writer:
    """Writes to one store as the API server would. ``clock`` tells the time that objects are stamped with."""

    def __init__(self, store: Store, *, minor: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._minor = minor
        self._clock = clock
        self._deletion = Deletion(store, self._now)

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
            return self._create(route, served, bodies.document(body, content_type, served), dry=dry)
        if route.verb == "deletecollection":
            return self._deletion.every(served, _namespace(route, served), query, minor=self._minor, dry=dry)
        before = self._found(route, served)
        if route.subresource == "scale":
            return self._scale(route, served, before, body, content_type, dry=dry)
        if route.verb == "delete":
            return self._deletion.one(served, before, bodies.options(body, content_type), dry=dry)
        if route.verb == "update":
            return self._update(route, served, before, bodies.document(body, content_type, served), dry=dry)
        return self._update(route, served, before, bodies.patched(before, served, body, content_type), dry=dry)

    def _create(self, route: Route, served: Served, item: Object, *, dry: bool) -> Answer:
        if route.name:
            raise ApiError(405, details={})
        metadata = identity.metadata_of(item, route)
        if metadata.get("resourceVersion"):
            raise ApiError(500, "resourceVersion should not be set on objects to be created", reason="")
        name = identity.name_of(metadata, served)
        self._admit(route, served, name)
        if self._store.collection(served.kind.resource).get(_namespace(route, served), name) is not None:
            raise statuses.already_exists(served.kind.group, served.kind.plural, name)
        made: Object = {
            "name": name,
            **({"generateName": metadata["generateName"]} if metadata.get("generateName") else {}),
            **({"namespace": route.namespace} if served.kind.namespaced else {}),
            "uid": str(uuid4()),
            "resourceVersion": "0",
            **({"generation": 1} if served.kind.generations else {}),
            "creationTimestamp": self._now(),
            **identity.sent(metadata),
        }
        whole = completed(served, {"metadata": made, **identity.bare(item)}, minor=self._minor)
        return self._stored(served, whole, 201, dry=dry)

    def _update(self, route: Route, served: Served, before: Entry, item: Object, *, dry: bool) -> Answer:
        metadata, old = identity.metadata_of(item, route), before.document()
        sent, kind = metadata.get("name") or "", served.kind
        if sent != route.name:
            raise bad_request(
                f"the name of the object ({sent}) does not match the name on the URL ({route.name})"
                if sent
                else "metadata.name: Required value: name must be provided"
            )
        uid = old["metadata"].get("uid")
        if (metadata.get("uid") or uid) != uid:
            why = f"Precondition failed: UID in precondition: {metadata['uid']}, UID in object meta: {uid}"
            raise statuses.conflict(kind.group, kind.plural, route.name, why)
        if (metadata.get("resourceVersion") or "0") not in {"0", str(before.version)}:
            raise statuses.modified(kind.group, kind.plural, route.name)
        whole = _joined(route, served, old, item)
        if whole == old:
            return Answer(before.typed(kind.kind, served.api_version) + b"\n")
        if whole["metadata"].get("deletionTimestamp") and not whole["metadata"].get("finalizers"):
            if not dry:
                self._store.remove(kind.resource, before.namespace, before.name)
            return Answer(encode(kind.resource, whole).typed(kind.kind, served.api_version) + b"\n")
        return self._stored(served, whole, 200, dry=dry)

    def _scale(
        self, route: Route, served: Served, before: Entry, body: bytes, content_type: str, *, dry: bool
    ) -> Answer:
        old, kind = before.document(), served.kind
        sent = bodies.plain(body, content_type, scale.of(old) if route.verb == "patch" else None)
        try:
            asked = scale.Asked.read(sent)
        except ApiError as error:
            raise bodies.unfit(error) if route.verb == "patch" and error.code == 400 else error from None
        if asked.metadata.version not in {"", "0", str(before.version)}:
            raise statuses.modified(kind.group, kind.plural, route.name)
        after = {**old, "spec": {**old["spec"], "replicas": asked.spec.replicas}}
        if after != old:
            generation = {"generation": old["metadata"].get("generation", 0) + 1} if kind.generations else {}
            whole = {**after, "metadata": {**old["metadata"], **generation}}
            after = whole if dry else entry_of(self._store.put(kind.resource, whole)).document()
        return Answer(msgspec.json.encode(scale.of(after)) + b"\n")

    def _stored(self, served: Served, item: Object, status: int, *, dry: bool) -> Answer:
        kind = served.kind
        if dry:
            if status == 201:
                item["metadata"].pop("resourceVersion", None)
            entry = encode(kind.resource, {"metadata": item.pop("metadata"), **item})
        else:
            entry = entry_of(self._store.put(kind.resource, item))
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

    def _now(self) -> str:
        return self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")


def _joined(route: Route, served: Served, old: Object, item: Object) -> Object:
    """The object as it will be: what the server gives stays, and each endpoint writes its own part."""
    kind, metadata = served.kind, old["metadata"]
    if route.subresource == "status":
        return {**old, **({"status": item["status"]} if item.get("status") is not None else {})}
    sent = identity.sent(item["metadata"])
    kept = {name: metadata[name] for name in identity.KEPT if name in metadata}
    whole = {
        "metadata": {**kept, "resourceVersion": metadata.get("resourceVersion", "0"), **sent},
        **identity.bare(item),
    }
    if kind.has_status:
        whole.pop("status", None)
        whole |= {"status": old["status"]} if "status" in old else {}
    if kind.generations and whole.get("spec") != old.get("spec"):
        whole["metadata"]["generation"] = metadata.get("generation", 0) + 1
    return whole


def _dry(query: Mapping[str, str], verb: str) -> bool:
    asked = query.get("dryRun", "")
    if asked not in {"", "All"}:
        options = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}
        text = f'Unsupported value: []string{{"{asked}"}}: supported values: "All"'
        raise statuses.invalid_options(options.get(verb, "DeleteOptions"), ("dryRun", "NotSupported", text))
    return asked == "All"


def _namespace(route: Route, served: Served) -> str:
    return route.namespace if served.kind.namespaced else ""
