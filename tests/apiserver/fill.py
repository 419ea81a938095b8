"""Fill a genuine API server with a homelab's objects and their statuses, in parallel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import aiohttp

from tests.apiserver import objects
from tests.apiserver.objects import FLUX, Made, make
from tests.apiserver.server import ApiServer

CUSTOM = (
    *((group.split("/")[0], group.split("/")[1], plural, kind) for group, plural, kind, _ in FLUX),
    ("ceph.rook.io", "v1", "cephclusters", "CephCluster"),
    ("cert-manager.io", "v1", "certificates", "Certificate"),
)
SYSTEM = ("kube-system", "flux-system", "rook-ceph")


class Filler:
    """Creates objects; anything that the server refuses fails the test run."""

    def __init__(self, server: ApiServer, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session
        self._slots = asyncio.Semaphore(20)

    async def create(self, made: Iterable[Made]) -> None:
        await asyncio.gather(*(self._one(each) for each in made))

    async def get(self, path: str) -> dict[str, Any]:
        async with self._session.get(self._server.url + path) as answer:
            return await answer.json()

    async def _one(self, made: Made) -> None:
        async with self._slots:
            async with self._session.post(self._server.url + made.path, json=made.body) as answer:
                if answer.status == 409:
                    return
                assert answer.status == 201, f"{made.path}: {await answer.text()}"
            if not made.status:
                return
            path = f"{made.path}/{made.body['metadata']['name']}/status"
            headers = {"Content-Type": "application/merge-patch+json"}
            async with self._session.patch(
                self._server.url + path, json={"status": made.status}, headers=headers
            ) as answer:
                assert answer.status == 200, f"{path}: {await answer.text()}"


def fill(server: ApiServer, *, namespaces: int = 30, pods: int = 300, pvcs: int = 40) -> dict[tuple[str, str], str]:
    """Fill the server and return the truth: the code that each sick object must get, by namespace and object."""
    return asyncio.run(_fill(server, namespaces, pods, pvcs))


async def _fill(server: ApiServer, namespaces: int, pods: int, pvcs: int) -> dict[tuple[str, str], str]:
    names = [f"ns-{number:02}" for number in range(namespaces - len(SYSTEM))]
    headers = {"Authorization": f"Bearer {server.token}"}
    connector = aiohttp.TCPConnector(ssl=server.context(), limit=20)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        filler = Filler(server, session)
        await filler.create(_definitions())
        await filler.create(make("/api/v1/namespaces", "Namespace", name) for name in (*SYSTEM, *names))
        await _served(filler)
        version = "v1" if "cronjobs" in await _plurals(filler, "/apis/batch/v1") else "v1beta1"
        made = [
            *objects.nodes(),
            *objects.pods(names, pods),
            *objects.workloads(),
            *objects.storage(pvcs, names),
            *objects.network(),
            *objects.flux(),
            *objects.cron_jobs(version),
            *_limited(names[:2]),
        ]
        await filler.create(made)
    return {each.key: each.code for each in made if each.code}


def _definitions() -> Iterable[Made]:
    """Permissive CRDs, each with a status of its own."""
    for group, version, plural, kind in CUSTOM:
        served = {
            "name": version,
            "served": True,
            "storage": True,
            "subresources": {"status": {}},
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        }
        names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
        spec = {"group": group, "scope": "Namespaced", "versions": [served], "names": names}
        yield make("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "CustomResourceDefinition",
                   f"{plural}.{group}", spec=spec)  # fmt: skip


def _limited(names: list[str]) -> Iterable[Made]:
    """The limited user may list pods and claims in two namespaces, and nothing else."""
    api = "/apis/rbac.authorization.k8s.io/v1"
    for name in names:
        rules = [{"apiGroups": [""], "resources": ["pods", "persistentvolumeclaims"], "verbs": ["list"]}]
        yield make(f"{api}/roles", "Role", "limited", name, rules=rules)
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "limited"}
        user = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "limited"}
        yield make(f"{api}/rolebindings", "RoleBinding", "limited", name, roleRef=role, subjects=[user])


async def _served(filler: Filler) -> None:
    """Wait until every resource under test can be listed; fail where one cannot."""
    for _ in range(300):
        missing = [
            f"{plural}.{group}"
            for group, version, plural, _ in CUSTOM
            if plural not in await _plurals(filler, f"/apis/{group}/{version}")
        ]
        if not missing:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the server does not serve {', '.join(missing)}")


async def _plurals(filler: Filler, path: str) -> set[str]:
    return {resource["name"] for resource in (await filler.get(path)).get("resources", [])}
