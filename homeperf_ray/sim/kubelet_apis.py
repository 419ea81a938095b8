"""The kubelets: which of them answers, how slowly, and what; whoever asks them and on whatever way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from homeperf_ray.sim.answers import Answer
from homeperf_ray.sim.podchanges import condition
from homeperf_ray.sim.statuses import ApiError, not_found
from homeperf_ray.sim.store import Store
from homeperf_ray.sim.summaries import Summaries

SUMMARY = "stats/summary"

_OLD = 20

FOREVER = -1.0
"""The delay of a kubelet that never answers."""

_NO_PATH = Answer(b"404 page not found\n", 404, "text/plain; charset=utf-8", {"X-Content-Type-Options": "nosniff"})


class Sick(Protocol):
    """What ails kubelets at the moment."""

    def away(self, node: str) -> bool:
        """Whether the node has gone, though the API server may not know yet."""

    def delay(self, node: str) -> float:
        """Seconds before its kubelet answers, ``FOREVER`` where it does not."""


class KubeletApis:
    """Every node's kubelet."""

    def __init__(self, store: Store, sick: Sick, now: Callable[[], datetime], *, minor: int) -> None:
        self._store = store
        self._minor = minor
        self._sick = sick
        self._summaries = Summaries(store, now)

    def delay(self, node: str) -> float:
        """Seconds before it answers; ``FOREVER`` where it hangs."""
        return self._sick.delay(node)

    def gone(self, node: str) -> bool:
        """Whether nothing answers at the node's address."""
        entry = self._store.collection("nodes").get("", node)
        return entry is None or self._sick.away(node) or condition(entry.document(), "Ready") == "Unknown"

    def answer(self, node: str, path: str) -> Answer:
        """What the kubelet itself answers to a GET of a path without its leading slash."""
        return Answer(self._summaries.of(node)) if path.rstrip("/") == SUMMARY else _NO_PATH

    def proxied(self, node: str, path: str) -> Answer:
        """The same through the API server. Raises ApiError 404 for no such node, and 503 for one that has gone.

        A genuine 1.20 says 500 and gives no reason.
        """
        entry = self._store.collection("nodes").get("", node)
        if entry is None:
            raise not_found("", "nodes", node)
        if self.gone(node):
            address = _address(entry.document())
            message = f"error trying to reach service: dial tcp {address}: connect: no route to host"
            raise ApiError(503, message) if self._minor > _OLD else ApiError(500, message, reason="")
        return self.answer(node, path)


def _address(node: dict[str, Any]) -> str:
    status = node["status"]
    internal = (one["address"] for one in status.get("addresses", ()) if one["type"] == "InternalIP")
    port = status.get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port", 10_250)
    return f"{next(internal, node['metadata']['name'])}:{port}"
