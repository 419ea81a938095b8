"""Fill a server with a homelab, and tell the truth about it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.apiserver.api import Api, open_api
from tests.apiserver.content.homelab import Size, homelab, homelab_namespaces
from tests.apiserver.content.made import NOW, Made, Sick
from tests.apiserver.crds import install
from tests.apiserver.etcd import Dating, redate
from tests.apiserver.server import ApiServer


@dataclass(frozen=True)
class Truth:
    """What was made and what is sick: findings are held against this."""

    made: tuple[Made, ...]

    @property
    def sick(self) -> Counter[Sick]:
        """Every finding that there must be; there must be no other."""
        return Counter(sick for made in self.made for sick in made.sick)

    def within(self, domain_digit: str = "", namespaces: Iterable[str] = ()) -> Counter[Sick]:
        """Those of one domain (the digit after ``HP``), or of some namespaces."""
        chosen = set(namespaces)
        return Counter(
            {
                sick: count
                for sick, count in self.sick.items()
                if sick.code.startswith(f"HP{domain_digit}") and (not chosen or sick.namespace in chosen)
            }
        )

    def count(self, kind: str) -> int:
        return sum(made.body["kind"] == kind for made in self.made)

    def shown(self, kind: str) -> dict[tuple[str, str], str]:
        """What kubectl's STATUS says, by namespace and name, for the objects of a kind of which that is known."""
        return {
            (made.namespace, made.body["metadata"]["name"]): made.shown
            for made in self.made
            if made.body["kind"] == kind and made.shown
        }


def fill(server: ApiServer, size: Size = Size()) -> Truth:  # noqa: B008 - a frozen value
    """Fill a server that has just started. Raises AssertionError for whatever it refuses or does not serve."""
    return asyncio.run(_fill(server, size))


async def _fill(server: ApiServer, size: Size) -> Truth:
    async with open_api(server) as api:
        await asyncio.gather(install(api), *(api.create(made, exists=True) for made in homelab_namespaces(size)))
        versions = {name: await _version(api, group, name) for group, name in GROWN_UP}
        made = tuple(homelab(size, versions=versions, minor=server.minor, pem=server.certificate))
        datings = dict(await asyncio.gather(*(_make(api, each) for each in made)))
    await redate(server.etcd_url, datings)
    return Truth(made)


GROWN_UP = (("batch", "cronjobs"), ("discovery.k8s.io", "endpointslices"))
"""Resources that older servers have as ``v1beta1`` only."""


async def _version(api: Api, group: str, plural: str) -> str:
    served = (await api.find(f"/apis/{group}/v1")).get("resources", [])
    return "v1" if plural in {resource["name"] for resource in served} else "v1beta1"


async def _make(api: Api, made: Made) -> tuple[str, list[Dating]]:
    """Make one object: its uid, and the dates that it shall have."""
    meta = (await api.create(made))["metadata"]
    datings = [_dating("creationTimestamp", meta, made.age)]
    if made.ending is not None:
        datings.append(_dating("deletionTimestamp", (await api.delete(made))["metadata"], made.ending))
    return meta["uid"], datings


def _dating(field: str, meta: dict[str, Any], past: dt.timedelta) -> Dating:
    return Dating(field, dt.datetime.fromisoformat(meta[field]), NOW - past)
