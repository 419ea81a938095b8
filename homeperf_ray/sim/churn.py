"""Churn: a homelab that lives. Pods restart and are replaced, claims fill up, Ceph degrades, Flux moves on."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import Any

from homeperf_ray.sim import podchanges
from homeperf_ray.sim.drift import Drift
from homeperf_ray.sim.upkeep import Upkeep, new_uid

Object = dict[str, Any]

_STEPS = (("restart", 6), ("replace", 2), ("claim", 2), ("ceph", 1), ("flux", 2), ("heartbeat", 2))

_UNWELL = 5
"""So many pods at most are down on account of churn at a time."""

_SAFE = "bcdfghjklmnpqrstvwxz2456789"


class Churn:
    """One change after another, in an order that the seed of ``rng`` decides."""

    def __init__(self, upkeep: Upkeep, rng: Random) -> None:
        self._upkeep = upkeep
        self._rng = rng
        self._drift = Drift(upkeep, rng)
        self._unwell: deque[tuple[str, str]] = deque()
        self._well: list[tuple[str, str]] | None = None

    def step(self) -> int:
        """Change something, and what follows from it; how many objects were written."""
        before = self._upkeep.writes.total()
        if len(self._unwell) >= _UNWELL or (self._unwell and self._rng.random() < 0.4):
            self._heal()
            return self._upkeep.writes.total() - before
        kind = self._rng.choices([name for name, _ in _STEPS], [weight for _, weight in _STEPS])[0]
        if kind == "restart":
            self._restart()
        elif kind == "replace":
            self._replace()
        else:
            self._drift.step(kind)
        return self._upkeep.writes.total() - before

    def _pods(self) -> list[tuple[str, str]]:
        """Where pods are that were well when churn began, and those that took their places."""
        if self._well is None:
            entries = self._upkeep.store.collection("pods").entries
            self._well = [(one.namespace, one.name) for one in entries if one.fields["status.phase"] == "Running"]
        return self._well

    def _pick(self, owners: frozenset[str]) -> tuple[int, Object] | None:
        """A pod that is ready and has a controller of one of these kinds, with its position in the list."""
        pods = self._pods()
        for _ in range(20 if pods else 0):
            position = self._rng.randrange(len(pods))
            pod = self._upkeep.get("pods", *pods[position])
            if pod is not None and podchanges.counts_as_ready(pod) and self._upkeep.owner(pod)[0] in owners:
                return position, pod
        return None

    def _restart(self) -> None:
        picked = self._pick(frozenset({"replicasets.apps", "statefulsets.apps", "daemonsets.apps"}))
        if picked is None:
            return
        _, pod = picked
        podchanges.crash(pod, self._upkeep.now(), self._rng.choice((1, 2, 137)))
        self._upkeep.put("pods", pod)
        self._upkeep.turned(pod, ready=False)
        self._drift.warn(
            pod, "Pod", "BackOff", f"Back-off restarting failed container in pod {pod['metadata']['name']}"
        )
        self._unwell.append((pod["metadata"]["namespace"], pod["metadata"]["name"]))

    def _replace(self) -> None:
        picked = self._pick(frozenset({"replicasets.apps"}))
        if picked is None:
            return
        position, old = picked
        self.replace(old)
        new = self._unwell[-1]
        self._pods()[position] = new

    def replace(self, old: Object, node: Object | None = None, *, gone: bool = True, name: str = "") -> str:
        """A pod is deleted (unless it is still terminating) and another takes its place, under a new name or ``name``.

        Returns the name. The new pod is being started: ``recover`` makes it ready, and churn does in time.
        """
        meta = old["metadata"]
        name = name or meta["generateName"] + "".join(self._rng.choices(_SAFE, k=5))
        fresh = podchanges.reborn(old, name, new_uid(self._rng), node, self._upkeep.now())
        address = f"10.42.{self._rng.randrange(256)}.{self._rng.randrange(2, 252)}"
        fresh["status"] |= {"podIP": address, "podIPs": [{"ip": address}]}
        was_ready = podchanges.counts_as_ready(old)
        if gone:
            self._upkeep.remove("pods", meta["namespace"], meta["name"])
        self._upkeep.remove("pods.metrics.k8s.io", meta["namespace"], meta["name"])
        self._upkeep.put("pods", fresh)
        if was_ready and gone:
            self._upkeep.turned(old, ready=False)
        self._upkeep.endpoint(old, fresh, ready=False)
        self._unwell.append((meta["namespace"], name))
        return name

    def _heal(self) -> None:
        self.recover(*self._unwell.popleft())

    def recover(self, namespace: str, name: str) -> None:
        """A pod is well again, if it is there, not to end, and on a node that is well."""
        pod = self._upkeep.get("pods", namespace, name)
        if pod is None or podchanges.condition(pod, "Ready") == "True" or "deletionTimestamp" in pod["metadata"]:
            return
        node = self._upkeep.get("nodes", "", pod["spec"].get("nodeName", ""))
        if node is not None and podchanges.condition(node, "Ready") != "True":
            return
        podchanges.run(pod, self._upkeep.now())
        self._upkeep.put("pods", pod)
        self._upkeep.turned(pod, ready=True)
        self._drift.measure(pod)
