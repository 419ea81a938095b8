"""The API itself: from a route, a user and a query to an answer. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import msgspec
from multidict import MultiMapping

from homeperf_ray.sim import bodies, discovery, execs, health, lists, logs, openapi, scale, tables
from homeperf_ray.sim.answers import JSON, Answer, representation, unknown_path, unknown_resource
from homeperf_ray.sim.apis import Apis, Served
from homeperf_ray.sim.collection import Collection
from homeperf_ray.sim.entries import Entry
from homeperf_ray.sim.execs import Exec
from homeperf_ray.sim.routes import Route
from homeperf_ray.sim.statuses import ApiError, bad_request, not_found
from homeperf_ray.sim.store import Store
from homeperf_ray.sim.users import User, access_review, rules_review, self_review
from homeperf_ray.sim.watches import Asked, Watched

_REVIEWS = {
    "selfsubjectaccessreviews": access_review,
    "selfsubjectrulesreviews": rules_review,
    "selfsubjectreviews": self_review,
}


class Reader:
    """Answers whatever is read from one homelab."""

    def __init__(self, apis: Apis, store: Store, address: str) -> None:
        self._apis = apis
        self._store = store
        self.minor = apis.minor
        self._documents = _documents(apis, address)
        self._openapi = openapi.OpenApi(apis)
        self._aggregated = {
            (path, version): msgspec.json.encode(discovery.aggregated(apis, core=path == "/api", version=version))
            for path in ("/api", "/apis")
            for version in ("v2", "v2beta1")
        }

    def visit(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """A path that is no resource: discovery, version, health."""
        bare = path.rstrip("/") or "/"
        if health.about(bare):
            found = health.answer(bare, verbose="verbose" in query)
            return self._index(404) if found is None else found
        if bare in {"/api", "/apis"}:
            version = discovery.aggregated_version(headers.get("Accept", ""), self.minor)
            if version:
                return self._aggregate(bare, version, headers.get("If-None-Match", ""))
        body = self._documents.get(bare)
        if body is None and bare.startswith(openapi.ROOT):
            body = self._openapi.read(bare)
        return self._unknown(bare) if body is None else Answer(body)

    def _unknown(self, path: str) -> Answer:
        if path.startswith("/api/"):
            return unknown_resource()
        return unknown_path() if path.startswith("/apis/") else self._index(200 if path == "/" else 404)

    def _index(self, status: int) -> Answer:
        """The paths that there are, which is also what a genuine server answers for one that is none of them."""
        paths = sorted({"/healthz", "/livez", "/readyz", *health.paths(), *self._documents})
        return Answer(msgspec.json.format(msgspec.json.encode({"paths": paths}), indent=2), status)

    def nothing(self, route: Route) -> Answer:
        """What a path of a resource gets at which nothing is served."""
        return unknown_resource() if self._apis.in_version(route.group, route.version) else unknown_path()

    def _aggregate(self, path: str, version: str, known: str) -> Answer:
        body = self._aggregated[path, version]
        tag = discovery.etag(body)
        content_type = f"{JSON};g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
        headers = {"ETag": tag, "Vary": "Accept"}
        if known == tag:
            return Answer(b"", 304, content_type, headers)
        return Answer(body, content_type=content_type, headers=headers)

    def served(self, route: Route) -> Served | None:
        """The resource type of a route, None where nothing is served at its path."""
        served = self._apis.find(route.group, route.version, route.plural)
        if served is None or (route.subresource and route.subresource not in discovery.subresources(served.kind)):
            return None
        if served.kind.namespaced:
            return None if route.name and not route.namespace else served
        return None if f"/namespaces/{route.namespace}/{route.plural}" in route.path else served

    def read(self, route: Route, served: Served, query: Mapping[str, str], accept: str) -> Answer:
        """GET of one object, or LIST. Raises ApiError."""
        shape = representation(accept, listed=route.verb == "list", kind=served.kind.kind)
        collection = self._store.collection(served.kind.resource)
        if route.subresource == "log":
            return self._log(route, collection, query)
        if route.subresource == "scale":
            found = scale.of(self._found(route, served, collection).document())
            return Answer(msgspec.json.encode(found) + b"\n")
        if route.subresource == "exec":
            raise bad_request("Upgrade request required")
        if route.verb not in served.kind.verbs:
            raise ApiError(405, details={})
        if route.verb == "get":
            lists.known_version(self._store, query)
            return Answer(self.one(route, served, collection, shape, query.get("includeObject", "")))
        page = lists.select(self._store, served.kind, _namespace(route, served), query, minor=self.minor)
        if shape == "Table":
            return Answer(
                tables.render(page.entries, page.metadata(), served, query.get("includeObject", ""), minor=self.minor)
            )
        if shape:
            return Answer(lists.render_partial(page if self.minor > 20 else replace(page, remaining=None)))
        return Answer(lists.render(page, served))

    def one(self, route: Route, served: Served, collection: Collection, shape: str, include: str) -> bytes:
        """One object in the shape asked for."""
        return self.shown(self._found(route, served, collection), served, shape, include)

    def _found(self, route: Route, served: Served, collection: Collection) -> Entry:
        entry = collection.get(_namespace(route, served), route.name)
        if entry is None:
            raise not_found(route.group, route.plural, route.name)
        return entry

    def _log(self, route: Route, collection: Collection, query: Mapping[str, str]) -> Answer:
        asked = logs.Asked.read(query, route.name)
        entry = collection.get(route.namespace, route.name)
        if entry is None:
            raise not_found(route.group, route.plural, route.name)
        return Answer(logs.read(entry.document(), asked), content_type="text/plain")

    def exec(self, route: Route, query: MultiMapping[str]) -> Exec:
        """What an exec asks for. Raises ApiError and NotRunningError."""
        pod = self._store.collection("pods").get(route.namespace, route.name)
        if pod is None:
            raise not_found(route.group, route.plural, route.name)
        asked = execs.read(pod.document(), query)
        if not self._reachable(asked.pod["spec"]["nodeName"]):
            address = asked.pod.get("status", {}).get("hostIP", "10.0.0.1")
            message = f"error dialing backend: dial tcp {address}:10250: connect: no route to host"
            raise ApiError(500, message, reason="")
        return asked

    def _reachable(self, node: str) -> bool:
        """Whether the kubelet of a node answers."""
        entry = self._store.collection("nodes").get("", node)
        conditions = entry.document()["status"]["conditions"] if entry else ()
        return any(one["type"] == "Ready" and one["status"] != "Unknown" for one in conditions)

    def shown(self, entry: Entry, served: Served, shape: str, include: str, *, headed: bool = True) -> bytes:
        """An object in the shape asked for, as GET and WATCH show it."""
        if shape == "Table":
            version = {"resourceVersion": entry.document()["metadata"]["resourceVersion"]}
            return tables.render([entry], version, served, include, minor=self.minor, headed=headed)
        if shape:
            return lists.partial(entry) + b"\n"
        return entry.typed(served.kind.kind, served.api_version) + b"\n"

    def watched(self, route: Route, served: Served, query: Mapping[str, str]) -> Watched:
        """What a WATCH was asked for, and the objects that it is about. Raises ApiError."""
        if "watch" not in served.kind.verbs:
            raise ApiError(405, details={})
        asked = Asked.read(query, minor=self.minor)
        plain = {name: query[name] for name in ("labelSelector", "fieldSelector") if name in query}
        if route.name:
            plain["fieldSelector"] = f"metadata.name={route.name}"
        resource, namespace = served.kind.resource, _namespace(route, served)
        page = lists.select(self._store, served.kind, namespace, plain, minor=self.minor)
        chosen = lists.selector(served.kind, plain)
        return Watched(
            asked,
            resource,
            page.entries,
            lambda entry: namespace in {"", entry.namespace} and (chosen is None or chosen(entry)),
        )

    def review(self, route: Route, served: Served, user: User, body: bytes, content_type: str) -> Answer | None:
        """What a user may do, None where that is not what was asked. Raises ApiError."""
        answer = _REVIEWS.get(route.plural)
        if answer is None:
            return None
        if route.verb != "create" or route.name:
            raise ApiError(405, details={})
        document = bodies.review(body, content_type, served)
        return Answer(msgspec.json.encode(answer(user, document)) + b"\n", 201)


def _namespace(route: Route, served: Served) -> str:
    return route.namespace if served.kind.namespaced else ""


def _documents(apis: Apis, address: str) -> dict[str, bytes]:
    documents: dict[str, object] = {
        "/api": discovery.core_versions(address),
        "/apis": discovery.group_list(apis),
    }
    for group, versions in apis.groups.items():
        if group:
            documents[f"/apis/{group}"] = discovery.api_group(apis, group)
        for version in versions:
            path = f"/apis/{group}/{version}" if group else f"/api/{version}"
            documents[path] = discovery.resource_list(apis, group, version)
    encoded = {path: msgspec.json.encode(document) for path, document in documents.items()}
    return {**encoded, "/version": discovery.version(apis.minor)}
