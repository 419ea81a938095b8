from __future__ import annotations

import pytest

from tests.sim.api import Api

AGGREGATED = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)


def resources(api: Api) -> dict[str, set[str]]:
    """Resources by group version, as plain discovery shows them."""
    paths = ["/api/v1"]
    for group in api.get("/apis").json["groups"]:
        assert api.get(f"/apis/{group['name']}").json["preferredVersion"] == group["preferredVersion"]
        paths += [f"/apis/{version['groupVersion']}" for version in group["versions"]]
    found = [api.get(path).json for path in paths]
    return {one["groupVersion"]: {resource["name"] for resource in one["resources"]} for one in found}


def aggregated(api: Api) -> dict[str, set[str]]:
    found = {}
    for path in ("/api", "/apis"):
        answer = api.get(path, accept=AGGREGATED)
        assert answer.json["kind"] == "APIGroupDiscoveryList"
        for group in answer.json["items"]:
            name = group["metadata"].get("name", "")
            for version in group["versions"]:
                label = f"{name}/{version['version']}" if name else version["version"]
                found[label] = {
                    name
                    for resource in version["resources"]
                    for name in (
                        resource["resource"],
                        *(
                            f"{resource['resource']}/{below['subresource']}"
                            for below in resource.get("subresources", ())
                        ),
                    )
                }
    return found


def test_aggregated_discovery_says_the_same_as_plain(api):
    assert aggregated(api) == resources(api)
    assert api.get("/api").json["kind"] == "APIVersions"


def test_every_resource_that_is_discovered_can_be_listed(api):
    for group_version, names in resources(api).items():
        root = f"/apis/{group_version}" if "/" in group_version else f"/api/{group_version}"
        plain = {name for name in names if "/" not in name}
        for name in plain - {"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"}:
            answer = api.get(f"{root}/{name}")
            assert answer.status == 200, name
            assert answer.json["apiVersion"] == group_version


def test_an_aggregated_document_that_has_not_changed_is_not_sent_again(api):
    first = api.get("/apis", accept=AGGREGATED)
    again = api.request("GET", "/apis", headers={"Accept": AGGREGATED, "If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("version", "content_type"),
    [
        ("1.25", "application/json"),
        ("1.28", "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"),
        ("1.31", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
    ],
)
def test_aggregated_discovery_came_with_1_26(make_homelab, version, content_type):
    api = Api(make_homelab(kubernetes_version=version, nodes=2, namespaces=5, pods=20, pvcs=2))
    assert api.get("/apis", accept=AGGREGATED).headers["Content-Type"] == content_type


def test_an_old_server_serves_old_versions(make_homelab):
    api = Api(make_homelab(kubernetes_version="1.20"))
    assert api.get("/version").json["gitVersion"] == "v1.20.15"
    found = resources(api)
    assert "cronjobs" in found["batch/v1beta1"]
    assert found["batch/v1"] == {"jobs", "jobs/status"}
    assert "endpointslices" in found["discovery.k8s.io/v1beta1"]
    assert "discovery.k8s.io/v1" not in found
    assert "kustomizations" in found["kustomize.toolkit.fluxcd.io/v1beta2"]
    assert api.get("/apis/batch/v1beta1/cronjobs").json["items"] != []
    assert api.get("/apis/batch/v1/cronjobs").status == 404
    slices = api.get("/apis/discovery.k8s.io/v1beta1/endpointslices").json["items"]
    assert {tuple(endpoint) for item in slices for endpoint in item["endpoints"] if "targetRef" in endpoint} == {
        ("addresses", "conditions", "targetRef", "topology")
    }


def test_parts_that_are_left_out_were_never_installed(make_homelab):
    api = Api(make_homelab(without=("flux", "ceph", "metrics")))
    groups = {group["name"] for group in api.get("/apis").json["groups"]}
    assert not [name for name in groups if "flux" in name or "rook" in name or "metrics" in name]
    assert not {"flux-system", "rook-ceph"} & set(api.get("/api/v1/namespaces").names)
    assert api.get("/apis/ceph.rook.io/v1/cephclusters").status == 404
    classes = api.get("/apis/storage.k8s.io/v1/storageclasses").names
    assert classes == ["local-path"]
    assert len(api.get("/api/v1/pods").names) == 300
    assert len(api.get("/api/v1/namespaces").names) == 30


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_health(api, path):
    assert (api.get(path).status, api.get(path).body) == (200, b"ok")


def test_openapi_describes_what_is_served(api):
    index = api.get("/openapi/v3").json["paths"]
    assert {"api/v1", "apis/apps/v1", "apis/source.toolkit.fluxcd.io/v1"} <= index.keys()
    for place, where in index.items():
        document = api.get(where["serverRelativeURL"]).json
        schemas, root = document["components"]["schemas"], f"/{place}"
        listed = {item["name"]: item for item in api.get(root).json["resources"] if "/" not in item["name"]}
        described = {
            path.removeprefix(root).rpartition("/")[2] for path in document["paths"] if not path.endswith("{name}")
        }
        assert described == listed.keys()
        for schema in schemas.values():
            for reference in references(schema):
                assert reference.removeprefix("#/components/schemas/") in schemas


def references(value):
    """Every reference in a document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from [inner] if name == "$ref" and isinstance(inner, str) else references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_openapi_is_of_the_version_that_is_emulated(make_homelab):
    old = Api(make_homelab(nodes=1, namespaces=5, pods=10, pvcs=0, kubernetes_version="1.20"))
    assert old.get("/openapi/v3").status == 404
    newer = Api(make_homelab(nodes=1, namespaces=5, pods=10, pvcs=0, kubernetes_version="1.31"))
    document = newer.get("/openapi/v3/api/v1").json
    assert document["info"]["version"].startswith("v1.31")
    assert document["components"]["schemas"]["io.k8s.api.core.v1.Container"]["properties"]["image"]["type"] == "string"
