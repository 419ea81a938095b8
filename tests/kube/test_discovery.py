from __future__ import annotations

import json
import time

import msgspec
import pytest

from homeperf_ray.kube import discovery_cache
from homeperf_ray.kube.discovery import discover
from homeperf_ray.kube.errors import BadAnswer, Forbidden, Unauthorized, Unreachable
from homeperf_ray.kube.resources import CRON_JOBS, DEPLOYMENTS, NODES, PODS, GroupResource, ServedResource
from tests.kube.conftest import ONCE
from tests.kube.server import hang, ok, reply, status

METRICS = GroupResource("metrics.k8s.io", "pods")
GROUPS = frozenset({"", "apps", "batch", "metrics.k8s.io", "nope.example"})


def resource(name: str, kind: str, namespaced: bool = True, verbs=("get", "list")) -> dict:
    return {
        "resource": name,
        "responseKind": {"group": "", "version": "", "kind": kind},
        "scope": "Namespaced" if namespaced else "Cluster",
        "singularResource": kind.lower(),
        "verbs": list(verbs),
        "subresources": [{"subresource": "status", "verbs": ["get"]}],
    }


def group(name: str, **versions: list | None) -> dict:
    return {
        "metadata": {"name": name, "creationTimestamp": None},
        "versions": [
            {"version": version, "freshness": "Current", "resources": resources}
            if resources is not None
            else {"version": version, "freshness": "Stale"}
            for version, resources in versions.items()
        ],
    }


def new_server(seen):
    """Kubernetes 1.30: aggregated documents."""
    assert "as=APIGroupDiscoveryList" in seen.header("Accept") or seen.path == "/version"
    kind = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}}
    documents = {
        "/version": {"major": "1", "gitVersion": "v1.30.0", "platform": "linux"},
        "/apis": kind
        | {
            "items": [
                group("apps", v1=[resource("deployments", "Deployment")]),
                group(
                    "batch",
                    v1=[resource("jobs", "Job")],
                    v1beta1=[resource("cronjobs", "CronJob"), resource("jobs", "J")],
                ),
                group("metrics.k8s.io", v1beta1=None),
                group("unasked.example", v1=[resource("things", "Thing")]),
            ]
        },
    }
    return ok(documents[seen.path])


def plain(version: str, *names: str) -> dict:
    resources = [
        {"name": name, "kind": name.title(), "namespaced": name != "nodes", "verbs": ["list"]} for name in names
    ]
    resources += [{"name": f"{names[0]}/status", "kind": "X", "namespaced": True, "verbs": ["get", "list"]}]
    return {"kind": "APIResourceList", "groupVersion": version, "resources": resources}


def old_server(seen):
    """Kubernetes 1.20: it ignores the Accept header and answers in plain documents."""

    def listed(name: str, *versions: str) -> dict:
        named = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
        return {"name": name, "versions": list(reversed(named)), "preferredVersion": named[0]}

    documents = {
        "/version": {"gitVersion": "v1.20.2"},
        "/apis": {
            "kind": "APIGroupList",
            "groups": [listed("apps", "v1"), listed("batch", "v1", "v1beta1"), listed("metrics.k8s.io", "v1beta1")],
        },
        "/apis/apps/v1": plain("apps/v1", "deployments"),
        "/apis/batch/v1": plain("batch/v1", "jobs"),
        "/apis/batch/v1beta1": plain("batch/v1beta1", "cronjobs", "jobs"),
    }
    return ok(documents[seen.path]) if seen.path in documents else status(503, "service unavailable")


@pytest.fixture
async def open_(server, target_of, connect):
    def build(**options):
        return connect(target_of(server.url), **options)

    return build


async def found(connection, groups=GROUPS, cache_dir=None):
    discovered = await discover(connection, frozenset(groups), cache_dir=cache_dir)
    assert discovered.error is None, discovered.error
    return discovered


async def test_a_new_server_is_read_in_one_document_and_its_version(server, open_):
    server.answer = new_server
    discovered = await found(open_())
    assert sorted(server.paths) == ["/apis", "/version"]
    discovery = discovered.discovery
    assert discovery.served(PODS) == ServedResource(PODS, "v1", "Pod", True)
    assert discovery.served(NODES) == ServedResource(NODES, "v1", "Node", False)
    assert discovery.served(DEPLOYMENTS).path() == "/apis/apps/v1/deployments"
    assert discovery.served(CRON_JOBS) == ServedResource(CRON_JOBS, "v1beta1", "CronJob", True)
    assert discovery.served(GroupResource("batch", "jobs")).version == "v1"
    assert discovery.served(GroupResource("unasked.example", "things")) is None
    assert discovery.version == "v1.30.0"
    assert discovery.groups == GROUPS
    assert [name for name, _ in discovery.unavailable] == ["metrics.k8s.io"]
    assert {op.kind for op in discovered.operations} == {"discover"}
    assert sum(op.sent for op in discovered.operations) == len(server.seen) == 2


async def test_an_old_server_is_read_group_by_group_as_far_as_asked(server, open_):
    server.answer = old_server
    discovered = await found(open_(retry=ONCE))
    assert sorted(server.paths) == [
        "/apis", "/apis/apps/v1", "/apis/batch/v1", "/apis/batch/v1beta1",
        "/apis/metrics.k8s.io/v1beta1", "/version",
    ]  # fmt: skip
    discovery = discovered.discovery
    assert discovery.served(CRON_JOBS) == ServedResource(CRON_JOBS, "v1beta1", "Cronjobs", True)
    assert discovery.served(GroupResource("batch", "jobs")).version == "v1"
    assert discovery.served(NODES).namespaced is False
    ((name, reason),) = discovery.unavailable
    assert name == "metrics.k8s.io"
    assert "503" in reason
    assert sum(op.sent for op in discovered.operations) == len(server.seen)


@pytest.mark.parametrize("answer", [new_server, old_server])
async def test_the_core_group_is_known_and_only_the_version_is_asked_for(server, open_, answer):
    server.answer = answer
    discovery = (await found(open_(), {""})).discovery
    assert server.paths == ["/version"]
    assert discovery.version
    assert discovery.served(PODS) == ServedResource(PODS, "v1", "Pod", True)


async def test_without_the_core_group_its_resources_are_not_served(server, open_):
    server.answer = new_server
    assert (await found(open_(), {"apps"})).discovery.served(PODS) is None


class TestFailures:
    async def test_unauthorized_is_fatal(self, server, open_):
        server.answer = lambda _: status(401, "no")
        discovered = await discover(open_(), GROUPS, cache_dir=None)
        assert type(discovered.error) is Unauthorized
        assert discovered.discovery is None
        assert len(discovered.operations) == len(server.seen)

    async def test_forbidden_names_the_role(self, server, open_):
        server.answer = lambda _: status(403, 'forbidden: User "ann" cannot get path "/api"')
        error = (await discover(open_(), GROUPS, cache_dir=None)).error
        assert type(error) is Forbidden
        assert "user 'ann' may not read /api" in str(error)
        assert "system:discovery" in error.hint

    async def test_unreachable_is_fatal(self, server, open_):
        server.answer = lambda _: hang
        discovered = await discover(open_(), GROUPS, cache_dir=None, deadline=time.monotonic() + 0.3)
        assert type(discovered.error) is Unreachable

    async def test_a_web_page_is_a_bad_answer(self, server, open_):
        server.answer = lambda _: reply(200, b"<html>", "text/html")
        assert type((await discover(open_(), GROUPS, cache_dir=None)).error) is BadAnswer

    @pytest.mark.parametrize("document", [{}, {"kind": "PodList"}, {"kind": "APIGroupList", "groups": 3}, {"kind": 3}])
    async def test_another_document_is_a_bad_answer(self, server, open_, document):
        server.answer = lambda _: ok(document)
        assert type((await discover(open_(), GROUPS, cache_dir=None)).error) is BadAnswer

    @pytest.mark.parametrize("groups", [{""}, {"", "apps"}])
    async def test_who_is_not_let_in_is_told_whatever_was_asked_for(self, server, open_, groups):
        server.answer = lambda _: status(401, "no")
        assert type((await discover(open_(), frozenset(groups), cache_dir=None)).error) is Unauthorized

    async def test_a_version_that_cannot_be_read_is_no_failure(self, server, open_):
        server.answer = lambda seen: status(403, "no") if seen.path == "/version" else new_server(seen)
        assert (await found(open_())).discovery.version == ""

    async def test_names_that_would_not_fit_a_path_are_left_out(self, server, open_):
        evil = {"kind": "APIGroupDiscoveryList", "items": [group("apps", v1=[resource("../../secrets?x", "S")])]}
        server.answer = lambda seen: ok(evil)
        assert (await found(open_(), {"apps"})).discovery.resources == ()


class TestCache:
    @pytest.fixture
    def folder(self, tmp_path):
        return tmp_path / "cache" / "discovery"

    async def test_a_second_run_asks_nothing(self, server, open_, folder):
        server.answer = new_server
        groups = GROUPS - {"metrics.k8s.io"}
        first = await found(open_(), groups, folder)
        server.seen.clear()
        second = await found(open_(), groups, folder)
        assert second.discovery == first.discovery
        assert second.operations == ()
        assert not server.seen

    async def test_it_is_readable_by_its_owner_only_and_holds_no_credential(self, server, open_, folder):
        server.answer = new_server
        await found(open_(), GROUPS, folder)
        (file,) = folder.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        assert folder.stat().st_mode & 0o777 == 0o700
        assert "s3cr3t-token" not in file.read_text() + file.name

    async def test_only_missing_groups_are_asked_for_and_then_known(self, server, open_, folder):
        server.answer = new_server
        await found(open_(), {"apps"}, folder)
        server.seen.clear()
        both = await found(open_(), {"apps", "batch"}, folder)
        assert server.paths == ["/apis"]
        assert both.discovery.served(CRON_JOBS)
        assert both.discovery.served(DEPLOYMENTS)
        assert both.discovery.version == "v1.30.0"
        server.seen.clear()
        await found(open_(), {"apps", "batch"}, folder)
        assert not server.seen

    async def test_a_group_whose_backend_was_down_is_asked_for_again(self, server, open_, folder):
        server.answer = new_server
        await found(open_(), GROUPS, folder)
        server.seen.clear()
        assert (await found(open_(), GROUPS, folder)).discovery.unavailable
        assert server.paths == ["/apis"]

    async def test_it_is_believed_for_ten_minutes(self, server, open_, folder, monkeypatch):
        server.answer = new_server
        await found(open_(), {"apps"}, folder)
        (file,) = folder.iterdir()

        def aged(seconds: float) -> None:
            document = json.loads(file.read_text())
            document["groups"]["apps"]["at"] = time.time() - seconds
            file.write_text(json.dumps(document))

        for seconds, asked in ((590, 0), (610, 2), (-3600, 2)):
            aged(seconds)
            server.seen.clear()
            await found(open_(), {"apps"}, folder)
            assert len(server.seen) == asked

    async def test_another_identity_sees_nothing_of_it(self, server, open_, target_of, connect, folder):
        server.answer = new_server
        await found(open_(), {"apps"}, folder)
        server.seen.clear()
        await found(connect(target_of(server.url, user={"token": "limited"})), {"apps"}, folder)
        assert server.paths
        assert len(list(folder.iterdir())) == 2

    @pytest.mark.parametrize("content", [b"", b"{", b"\xff\x00", b"[]", b'{"format":1}', b'{"format":99,"groups":{}}'])
    async def test_a_damaged_file_is_ignored_and_replaced(self, server, open_, folder, content):
        server.answer = new_server
        await found(open_(), {"apps"}, folder)
        (file,) = folder.iterdir()
        file.write_bytes(content)
        server.seen.clear()
        assert (await found(open_(), {"apps"}, folder)).discovery.served(DEPLOYMENTS)
        assert server.seen
        assert msgspec.json.decode(file.read_bytes())["format"] == 1

    async def test_a_file_of_another_server_under_this_name_is_ignored(self, server, open_, folder):
        server.answer = new_server
        await found(open_(), {"apps"}, folder)
        (file,) = folder.iterdir()
        file.write_text(json.dumps(json.loads(file.read_text()) | {"identity": "someone"}))
        server.seen.clear()
        await found(open_(), {"apps"}, folder)
        assert server.seen

    async def test_a_folder_that_cannot_be_written_is_no_failure(self, server, open_, tmp_path):
        server.answer = new_server
        (tmp_path / "file").write_text("")
        assert (await found(open_(), {"apps"}, tmp_path / "file" / "cache")).discovery.served(DEPLOYMENTS)

    async def test_a_failure_is_not_remembered(self, server, open_, folder):
        server.answer = lambda _: status(401, "no")
        await discover(open_(), {"apps"}, cache_dir=folder)
        assert not folder.exists()

    async def test_it_can_be_forgotten(self, server, open_, folder):
        server.answer = new_server
        connection = open_()
        await found(connection, {"apps"}, folder)
        discovery_cache.forget(folder, connection.target)
        server.seen.clear()
        await found(connection, {"apps"}, folder)
        assert server.seen

    async def test_files_of_long_ago_are_removed(self, server, open_, folder):
        import os

        folder.mkdir(parents=True)
        old = folder / "discovery-a-b.json"
        old.write_text("{}")
        os.utime(old, (1, 1))
        server.answer = new_server
        await found(open_(), {"apps"}, folder)
        assert not old.exists()
