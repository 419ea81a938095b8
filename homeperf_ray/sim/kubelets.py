"""Kubelets: what every node that is well says by itself, again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from homeperf_ray.sim import podchanges
from homeperf_ray.sim.store import Store

LEASES, NAMESPACE = "leases.coordination.k8s.io", "kube-node-lease"

PERIOD = 10.0
"""Seconds between two renewals of a node's Lease: a quarter of how long it lasts, as kubelets do."""

_STEP = 0.5


class Kubelets:
    """Renews the Leases of the nodes in one store, but for those that are ``silent``. ``clock`` tells the time."""

    def __init__(self, store: Store, silent: set[str], clock: Callable[[], datetime]) -> None:
        self._store = store
        self._silent = silent
        self._clock = clock
        self._due: list[str] = []
        self._owed = 0.0

    def renew(self, name: str) -> bool:
        """Renew one node's Lease; False where the node is silent, unknown to the cluster, or has none."""
        node = self._store.collection("nodes").get("", name)
        lease = self._store.collection(LEASES).get(NAMESPACE, name)
        if node is None or lease is None or name in self._silent:
            return False
        if podchanges.condition(node.document(), "Ready") == "Unknown":
            return False
        item: dict[str, Any] = lease.document()
        now = self._clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self._store.put(LEASES, {**item, "spec": {**item.get("spec", {}), "renewTime": now}})
        return True

    def step(self, share: float) -> None:
        """Renew a share of all Leases, those that have waited longest."""
        collection = self._store.collection(LEASES)
        if not self._due:
            self._due = [entry.name for entry in reversed(collection.section(NAMESPACE).entries)]
        self._owed += len(self._due) and len(collection) * share
        while self._owed >= 1:
            self._owed -= 1
            if self._due:
                self.renew(self._due.pop())

    async def run(self) -> None:
        """Renew every Lease once in ``PERIOD``, a few at a time, until cancelled."""
        while True:
            await asyncio.sleep(_STEP)
            with suppress(KeyError, TypeError, AttributeError):  # somebody has written a node that is none
                self.step(_STEP / PERIOD)
