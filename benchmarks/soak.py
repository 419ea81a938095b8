"""``python -m benchmarks.soak``: does the embedded homelab, changing all the time, lose an event or grow?

Watchers list and then watch; their watches end and are resumed all the time. In the end each of them must have seen
exactly as many events as were written, in order, and hold exactly what a LIST says. Exit code 1 where one does not, or
where the server grew.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from homeperf_ray.sim.process import RunningSim, start
from tests.homelab import credentials

PATHS = {
    "pods": "/api/v1/pods",
    "deployments.apps": "/apis/apps/v1/deployments",
    "replicasets.apps": "/apis/apps/v1/replicasets",
    "statefulsets.apps": "/apis/apps/v1/statefulsets",
    "daemonsets.apps": "/apis/apps/v1/daemonsets",
    "endpointslices.discovery.k8s.io": "/apis/discovery.k8s.io/v1/endpointslices",
    "endpoints": "/api/v1/endpoints",
    "events": "/api/v1/events",
    "persistentvolumeclaims": "/api/v1/persistentvolumeclaims",
    "cephclusters.ceph.rook.io": "/apis/ceph.rook.io/v1/cephclusters",
    "gitrepositories.source.toolkit.fluxcd.io": "/apis/source.toolkit.fluxcd.io/v1/gitrepositories",
    "kustomizations.kustomize.toolkit.fluxcd.io": "/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations",
    "nodes": "/api/v1/nodes",
}

GROWTH = 1.05
"""The last part of the run may need so much more memory than the part after the history has filled up."""


class Metadata(msgspec.Struct, gc=False):
    name: str = ""
    resourceVersion: str = ""  # noqa: N815  as Kubernetes spells it
    namespace: str = ""


class Item(msgspec.Struct, gc=False):
    metadata: Metadata


class Event(msgspec.Struct, gc=False):
    type: str
    object: Item


class Items(msgspec.Struct):
    metadata: dict[str, Any]
    items: list[Item]


class Watcher:
    """One client's copy of a collection, kept by a watch that ends every few seconds and is resumed."""

    def __init__(self, session: aiohttp.ClientSession, resource: str, seed: int) -> None:
        self.resource = resource
        self.events = self.watches = 0
        self.problems: list[str] = []
        self.held: dict[str, str] = {}
        self.version = ""
        self._session = session
        self._rng = random.Random(seed)  # noqa: S311  spreads reconnects
        self._decode = msgspec.json.Decoder(Event).decode

    async def listed(self) -> tuple[dict[str, str], str]:
        async with self._session.get(PATHS[self.resource]) as answer:
            found = msgspec.json.decode(await answer.read(), type=Items)
        return {key(item): item.metadata.resourceVersion for item in found.items}, found.metadata["resourceVersion"]

    async def begin(self) -> None:
        self.held, self.version = await self.listed()

    async def run(self) -> None:
        while not self.problems:
            query = {
                "watch": "1",
                "allowWatchBookmarks": "true",
                "resourceVersion": self.version,
                "timeoutSeconds": str(self._rng.randint(5, 60)),
            }
            self.watches += 1
            async with self._session.get(PATHS[self.resource], params=query) as answer:
                async for line in answer.content:
                    self._take(line)

    def _take(self, line: bytes) -> None:
        event = self._decode(line)
        version = event.object.metadata.resourceVersion
        if event.type == "BOOKMARK":
            self.version = version
            return
        if event.type == "ERROR" or int(version) <= int(self.version):
            self.problems.append(f"{event.type} {version} after {self.version}")
            return
        self.events += 1
        self.version = version
        if event.type == "DELETED":
            del self.held[key(event.object)]
        else:
            self.held[key(event.object)] = version


def key(item: Item) -> str:
    return f"{item.metadata.namespace}/{item.metadata.name}"


def resident(pid: int) -> float:
    """Resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1_024


async def soak(
    sim: RunningSim, seconds: float, rate: float, watchers: int, say: Callable[[str], None]
) -> dict[str, Any]:
    """Run, and what came of it; ``problems`` is empty where all is well."""
    import ssl

    url, authority, token = credentials(sim.kubeconfig)
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cadata=authority), limit=0)
    async with aiohttp.ClientSession(
        url,
        connector=connector,
        headers={"Authorization": f"Bearer {token}"},
        timeout=aiohttp.ClientTimeout(total=None),
        read_bufsize=1 << 20,
    ) as session:
        resources = list(PATHS)
        team = [Watcher(session, resources[number % len(resources)], number) for number in range(watchers)]
        await asyncio.gather(*(one.begin() for one in team))
        tasks = [asyncio.create_task(one.run()) for one in team]
        began, memory = time.monotonic(), []
        before = sim.churn(0)["by_resource"]
        sim.churn(rate)
        while (spent := time.monotonic() - began) < seconds:
            await asyncio.sleep(min(5.0, seconds / 40, seconds - spent))
            memory.append((time.monotonic() - began, resident(sim.pid)))
            if len(memory) % 12 == 0:
                say(f"{memory[-1][0]:5.0f} s  {memory[-1][1]:6.1f} MB  {sum(one.events for one in team)} events")
            if failed := [task for task in tasks if task.done()]:
                failed[0].result()
        after = await asyncio.to_thread(sim.churn, 0)
        await asyncio.sleep(3.0)
        problems = [f"{one.resource}: {problem}" for one in team for problem in one.problems]
        for one in team:
            written = after["by_resource"].get(one.resource, 0) - before.get(one.resource, 0)
            if one.events != written:
                problems.append(f"{one.resource}: {one.events} events of {written} writes")
            if one.held != (await one.listed())[0]:
                problems.append(f"{one.resource}: what was watched is not what is there")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        problems += await miscounts(session)
    settled = statistics.median(value for at, value in memory if 0.55 * seconds <= at <= 0.7 * seconds)
    last = statistics.median(value for at, value in memory if at >= 0.85 * seconds)
    if last > settled * GROWTH:
        problems.append(f"grew from {settled:.1f} to {last:.1f} MB")
    return {
        "seconds": seconds,
        "written": after["written"],
        "events": sum(one.events for one in team),
        "watches": sum(one.watches for one in team),
        "mb_start": round(memory[0][1], 1),
        "mb_settled": round(settled, 1),
        "mb_last": round(last, 1),
        "problems": problems,
    }


async def miscounts(session: aiohttp.ClientSession) -> list[str]:
    """Controllers whose status does not count the pods that are ready."""
    found: dict[str, list[Any]] = {}
    for resource in ("pods", "replicasets.apps", "statefulsets.apps", "daemonsets.apps"):
        async with session.get(PATHS[resource]) as answer:
            found[resource] = (await answer.json(content_type=None))["items"]
    ready: dict[str, int] = {}
    for pod in found["pods"]:
        good = any(one["type"] == "Ready" and one["status"] == "True" for one in pod["status"].get("conditions", ()))
        if good and "deletionTimestamp" not in pod["metadata"]:
            uid = pod["metadata"]["ownerReferences"][0]["uid"]
            ready[uid] = ready.get(uid, 0) + 1
    return [
        f"{resource} {item['metadata']['namespace']}/{item['metadata']['name']} says {said}, not {counted}"
        for resource in list(found)[1:]
        for item in found[resource]
        if (said := item["status"].get("numberReady", item["status"].get("readyReplicas", 0)))
        != (counted := ready.get(item["metadata"]["uid"], 0))
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=float, default=20, help="changes a second")
    parser.add_argument("--watchers", type=int, default=50)
    parser.add_argument("--pods", type=int, default=300)
    options = parser.parse_args()
    with start(pods=options.pods) as sim:
        told = asyncio.run(
            soak(
                sim,
                options.seconds,
                options.rate,
                options.watchers,
                lambda line: print(line, file=sys.stderr, flush=True),
            )
        )
    print(json.dumps(told, indent=1))
    return 1 if told["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
