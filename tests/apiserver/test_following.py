"""The reflector and its table against a genuine kube-apiserver: changes, compaction in etcd, a restart of the watch."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from homeperf_ray.kube.request import Request
from homeperf_ray.kube.resources import SERVICES, ServedResource
from tests.apiserver.server import ApiServer
from tests.cache.world import World

pytestmark = pytest.mark.apiserver

REQUEST = Request(ServedResource(SERVICES, "v1", "Service", True), page_size=3)
PATH = "/api/v1/namespaces/default/services"


def send(server: ApiServer, method: str, path: str, body: dict[str, Any] | None = None, kind: str = "json") -> None:
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": f"application/{kind}"}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(server.url + path, data, headers, method=method)
    urllib.request.urlopen(request, context=server.context, timeout=20).close()


def service(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], "selector": {"app": name}}}


def await_default(server: ApiServer) -> None:
    """A server makes its own namespaces a moment after it is ready."""
    for _ in range(100):
        with contextlib.suppress(OSError):
            server.get("/api/v1/namespaces/default")
            return
        time.sleep(0.1)
    raise AssertionError("there is no namespace default")


def compact(server: ApiServer) -> None:
    """Have etcd forget every revision but the last."""

    def ask(path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(server.etcd_url + path, json.dumps(body).encode())
        return json.loads(urllib.request.urlopen(request, timeout=20).read())

    key = base64.b64encode(b"/registry/").decode()
    revision = ask("/v3/kv/range", {"key": key})["header"]["revision"]
    ask("/v3/kv/compaction", {"revision": revision, "physical": True})


@pytest.fixture
def names(bare: ApiServer):
    await_default(bare)
    made = [f"followed-{number}" for number in range(8)]
    for name in made:
        send(bare, "POST", PATH, service(name))
    yield made
    for name in made:
        try:
            send(bare, "DELETE", f"{PATH}/{name}")
        except OSError:
            continue


async def test_changes_arrive_and_the_table_equals_a_fresh_list(bare: ApiServer, names):
    async with World(bare.users.admin, REQUEST) as world:
        assert (await world.agrees(10))[0]
        await asyncio.to_thread(send, bare, "DELETE", f"{PATH}/{names[0]}")
        patch = {"spec": {"selector": {"app": "other"}}}
        await asyncio.to_thread(send, bare, "PATCH", f"{PATH}/{names[1]}", patch, "merge-patch+json")
        await asyncio.to_thread(send, bare, "POST", PATH, service(names[0]))
        assert (await world.agrees(5))[0]
        found, stale = world.cached()
        assert stale == ""
        assert {("default", name) for name in names} <= found.keys()
        assert world.told["Replaced"] == 1


async def test_a_watch_that_is_cut_goes_on_without_a_list_and_misses_nothing(bare: ApiServer, names):
    async with World(bare.users.admin, REQUEST) as world:
        assert (await world.agrees(10))[0]
        world.cut()
        await asyncio.to_thread(send, bare, "DELETE", f"{PATH}/{names[2]}")
        assert (await world.agrees(10))[0]
        assert world.told["Replaced"] == 1
        assert world.told["Connected"] == 2


async def test_after_an_outage_in_which_etcd_was_compacted_it_lists_anew(assets: Path):
    """A server that has just started knows no more of the past than etcd does."""
    with ApiServer(assets) as server:
        await_default(server)
        send(server, "POST", PATH, service("before"))
        async with World(server.users.admin, REQUEST) as world:
            assert (await world.agrees(10))[0]
            since = world.entry.version
            await asyncio.to_thread(send, server, "DELETE", f"{PATH}/before")
            await asyncio.to_thread(send, server, "POST", PATH, service("during"))
            await asyncio.to_thread(compact, server)
            await asyncio.to_thread(stop_api, server)
            assert world.cached(max_age=0.0) is None
            await world.kill()
            world.entry.version = since
            await asyncio.to_thread(start_api, server)
            world.start()
            assert await world.watches(lists=2)
            assert (await world.agrees(10))[0]
            assert ("default", "during") in world.cached()[0]
            assert ("default", "before") not in world.cached()[0]


def stop_api(server: ApiServer) -> None:
    """Kill it: asked to end, it would wait for open watches."""
    process = server._processes.pop()
    process.kill()
    process.wait(20)


def start_api(server: ApiServer) -> None:
    server._spawn("kube-apiserver", server._apiserver_flags())
    server._await_ready()
