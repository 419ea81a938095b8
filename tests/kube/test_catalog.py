import pytest

from homeperf_ray.kube.catalog import forget_catalog, read_catalog
from homeperf_ray.kube.errors import BadAnswer, Unreachable
from tests.kube.server import ok, status
from tests.kube.test_discovery import group, resource

AGGREGATED = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}}


def pods(**more):
    return resource("pods", "Pod") | {"shortNames": ["po"], "categories": ["all"]} | more


def new_server(seen):
    documents = {
        "/api": AGGREGATED | {"items": [group("", v1=[pods(), resource("bindings", "Binding", verbs=("create",))])]},
        "/apis": AGGREGATED
        | {
            "items": [
                group("batch", v1=[resource("jobs", "Job")], v1beta1=[resource("cronjobs", "CronJob")]),
                group("metrics.k8s.io", v1beta1=[resource("pods", "PodMetrics")]),
            ]
        },
    }
    return ok(documents[seen.path])


def old_server(seen):
    def listed(*resources):
        return {"kind": "APIResourceList", "resources": list(resources)}

    def plain(name, kind, *short, verbs=("list",)):
        return {"name": name, "kind": kind, "namespaced": True, "verbs": list(verbs), "shortNames": list(short)}

    versions = [{"version": "v1"}, {"version": "v1beta1"}]
    documents = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {
            "kind": "APIGroupList",
            "groups": [{"name": "batch", "versions": versions, "preferredVersion": {"version": "v1"}}],
        },
        "/api/v1": listed(plain("pods", "Pod", "po"), plain("pods/log", "Pod", verbs=("get",))),
        "/apis/batch/v1": listed(plain("jobs", "Job")),
        "/apis/batch/v1beta1": listed(plain("cronjobs", "CronJob", "cj")),
    }
    return ok(documents[seen.path])


@pytest.fixture
def connection_to(server, connect, target_of):
    def open_(handler):
        server.answer = handler
        return connect(target_of(server.url))

    return open_


def told(catalog):
    return [(str(one.served.resource), one.served.version, one.short) for one in catalog.named]


async def test_a_new_server_is_asked_for_two_documents(server, connection_to):
    catalog, operations = await read_catalog(connection_to(new_server), cache_dir=None)
    assert told(catalog) == [
        ("pods", "v1", ("po",)),
        ("jobs.batch", "v1", ()),
        ("cronjobs.batch", "v1beta1", ()),
        ("pods.metrics.k8s.io", "v1beta1", ()),
    ]
    assert len(operations) == 2
    assert catalog.named[0].categories == ("all",)


async def test_an_old_server_is_asked_version_by_version(server, connection_to):
    catalog, operations = await read_catalog(connection_to(old_server), cache_dir=None)
    assert told(catalog) == [
        ("pods", "v1", ("po",)),
        ("jobs.batch", "v1", ()),
        ("cronjobs.batch", "v1beta1", ("cj",)),
    ]
    assert len(operations) == 5


async def test_it_is_kept_on_disk_and_forgotten(server, connection_to, tmp_path):
    connection = connection_to(new_server)
    first, _ = await read_catalog(connection, cache_dir=tmp_path)
    again, operations = await read_catalog(connection, cache_dir=tmp_path)
    assert (again.named, operations) == (first.named, ())
    forget_catalog(tmp_path, connection.target)
    _, operations = await read_catalog(connection, cache_dir=tmp_path)
    assert len(operations) == 2


async def test_a_damaged_file_is_no_catalog(server, connection_to, tmp_path):
    connection = connection_to(new_server)
    await read_catalog(connection, cache_dir=tmp_path)
    for file in tmp_path.glob("catalog-*"):
        file.write_bytes(b'{"format": 1')
    catalog, operations = await read_catalog(connection, cache_dir=tmp_path)
    assert len(operations) == 2
    assert catalog.named


async def test_a_group_that_does_not_answer_is_named_and_nothing_is_kept(server, connection_to, tmp_path):
    def handler(seen):
        return status(403) if seen.path.endswith("v1beta1") else old_server(seen)

    connection = connection_to(handler)
    catalog, _ = await read_catalog(connection, cache_dir=tmp_path)
    assert [one.served.resource.plural for one in catalog.named] == ["pods", "jobs"]
    [fault] = catalog.faults
    assert fault.startswith("batch/v1beta1: ")
    assert not list(tmp_path.glob("catalog-*"))


async def test_names_that_no_path_may_hold_are_left_out(server, connection_to):
    def handler(seen):
        bad = [pods(resource="../../secrets"), pods(responseKind={"kind": "a/b"}), pods()]
        root = AGGREGATED | {"items": [group("", v1=bad) if seen.path == "/api" else group("a/../b", v1=[pods()])]}
        return ok(root)

    catalog, _ = await read_catalog(connection_to(handler), cache_dir=None)
    assert told(catalog) == [("pods", "v1", ("po",))]


async def test_what_is_no_discovery_is_a_bad_answer(server, connection_to):
    with pytest.raises(BadAnswer, match="/api"):
        await read_catalog(connection_to(lambda seen: ok({"kind": "Dog"})), cache_dir=None)


async def test_nobody_there_is_unreachable(connect, target_of):
    with pytest.raises(Unreachable):
        await read_catalog(connect(target_of("https://127.0.0.1:9")), cache_dir=None)
