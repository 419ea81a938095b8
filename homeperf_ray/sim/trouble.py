"""Trouble of the world itself: nodes that go away, versions that are compacted, a certificate that expires, churn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from homeperf_ray.sim.answering.answering import Answering
from homeperf_ray.sim.churn import Churn
from homeperf_ray.sim.faults import Rule, RuleError
from homeperf_ray.sim.kubelet_apis import FOREVER
from homeperf_ray.sim.outages import Outage
from homeperf_ray.sim.upkeep import Upkeep

_log = logging.getLogger(__name__)

_START = 2.0
"""Seconds that a pod takes to start."""

_CATCH_UP = 1.0
"""Seconds of churn that are made up for at most after a pause."""


class Trouble:
    """Carries out faults that meet no request. ``expire`` swaps the server's certificate, ``answering`` has the ports
    of Services.
    """

    def __init__(
        self, upkeep: Upkeep, churn: Churn, expire: Callable[[bool], None], answering: Answering | None = None
    ) -> None:
        self._upkeep = upkeep
        self._churn = churn
        self._expire = expire
        self._answering = answering
        self._switched: dict[int, Rule] = {}
        self._expired: set[int] = set()
        self._outages: dict[int, tuple[str, Outage]] = {}
        self._slow: dict[int, tuple[str, float]] = {}
        self._timers: dict[int, list[asyncio.TimerHandle]] = {}

    def begin(self, number: int, rule: Rule) -> None:
        """Put a fault in force. Raises RuleError for a node that there is not, or that is away already."""
        if rule.kind == "node":
            self._lose(number, rule)
        elif rule.kind == "kubelet":
            self._must_be(rule.node)
            self._slow[number] = rule.node, rule.seconds or FOREVER
        elif rule.kind == "tcp":
            if self._answering is None:
                raise RuleError("Only a homelab with --endpoints has ports of Services.")
            self._switched[number] = rule
            self._answering.switch(rule, on=True)
        elif rule.kind == "certificate":
            self._expired.add(number)
            self._expire(True)
        else:
            self._compact(number, rule.seconds)

    def end(self, number: int) -> None:
        """End a fault: the node is back, the certificate is good, versions are kept."""
        for timer in self._timers.pop(number, ()):
            timer.cancel()
        if number in self._outages:
            outage = self._outages.pop(number)[1]
            outage.over()
            asyncio.get_running_loop().call_later(_START, outage.settle)
        self._slow.pop(number, None)
        if self._answering and (rule := self._switched.pop(number, None)):
            self._answering.switch(rule, on=False)
        self._expired.discard(number)
        self._expire(bool(self._expired))

    def away(self, node: str) -> bool:
        """Whether a node is silent."""
        return any(name == node for name, _ in self._outages.values())

    def delay(self, node: str) -> float:
        """Seconds before a node's kubelet answers; ``FOREVER`` where it hangs."""
        slow = [seconds for name, seconds in self._slow.values() if name == node]
        return FOREVER if FOREVER in slow else sum(slow)

    def _must_be(self, node: str) -> None:
        if self._upkeep.store.collection("nodes").get("", node) is None:
            raise RuleError(f"There is no node {node!r}.")

    def _lose(self, number: int, rule: Rule) -> None:
        self._must_be(rule.node)
        if self.away(rule.node):
            raise RuleError(f"The node {rule.node} is away already.")
        outage = Outage(self._upkeep, self._churn, rule.node)
        self._outages[number] = rule.node, outage
        outage.silent()
        if rule.seconds:
            self._later(number, rule.seconds, outage.unknown)
        else:
            outage.unknown()
        if rule.evict:
            self._later(number, rule.seconds + rule.evict, outage.evict)
            self._later(number, rule.seconds + rule.evict + _START, outage.settle)

    def _compact(self, number: int, interval: float) -> None:
        self._upkeep.store.compact()
        if interval:
            self._later(number, interval, lambda: self._compact(number, interval))

    def _later(self, number: int, seconds: float, act: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        pending = [timer for timer in self._timers.get(number, ()) if timer.when() > loop.time()]
        self._timers[number] = [*pending, loop.call_later(seconds, act)]


class Pacemaker:
    """Churn at ``rate`` writes a second, 0 for none; it may be changed at any time."""

    def __init__(self, churn: Churn, upkeep: Upkeep, rate: float) -> None:
        self._churn = churn
        self._upkeep = upkeep
        self._rate = rate
        self._changed = asyncio.Event()

    @property
    def rate(self) -> float:
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        self._rate = rate
        self._changed.set()

    def report(self) -> dict[str, Any]:
        """The rate, and how many objects were written since the start, those of outages included."""
        writes = self._upkeep.writes
        return {"rate": self._rate, "written": writes.total(), "by_resource": dict(sorted(writes.items()))}

    async def run(self) -> None:
        """Beat until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            if self._rate <= 0:
                await self._changed.wait()
                due = loop.time()
            self._changed.clear()
            if self._rate <= 0:
                continue
            due = max(due, loop.time() - _CATCH_UP) + max(1, self._step()) / self._rate
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _step(self) -> int:
        """One step of churn, and how many objects it wrote; what somebody has made a mess of stays as it is."""
        before = self._upkeep.writes.total()
        try:
            self._churn.step()
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            _log.warning("churn came upon an object that it does not understand", exc_info=error)
        return self._upkeep.writes.total() - before
