"""The ledger: what was asked for, what was sent, what was saved."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from homeperf_ray.timings.operation import Operation

HITS = frozenset({"hit", "watch"})
"""What ``Operation.cache`` says of answers that nobody had to ask the server for."""


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one run. They add up::

        requested = deduplicated + unserved + cache_hits + lists + kubelets
        sent      = lists + pages + discovery + details + reviews + proxied + retries

    the second where no request failed before it left.

    ``lists`` counts LISTs that went to the server, ``pages`` their pages after the first, ``retries`` everything
    that was sent again, whether the server or a worker had failed. ``wait_seconds`` is the time spent waiting for
    permits, summed over requests.
    """

    requested: int = 0
    sent: int = 0
    deduplicated: int = 0
    unserved: int = 0
    cache_hits: int = 0
    watched: int = 0
    """Cache hits of what a watch keeps current."""
    age_seconds: float = 0.0
    """Of the oldest cache hit: since it was read, or since its watch last told an event or a bookmark."""
    lists: int = 0
    pages: int = 0
    discovery: int = 0
    details: int = 0
    """Requests for events and log lines of what turned out sick, and commands in a toolbox."""
    kubelets: int = 0
    """Kubelets that were asked, on whatever way."""
    proxied: int = 0
    """Requests to kubelets through the API server."""
    reviews: int = 0
    """Questions to the API server about what the user may."""
    retries: int = 0
    resent: int = 0
    """Retries that happened because a worker died while it held the request."""
    throttled: int = 0
    slowed: int = 0
    """Requests that were sent while the rate was lowered."""
    bytes: int = 0
    wait_seconds: float = 0.0
    batches: int = 0
    """Evaluations: how many batches of checks and namespaces were judged on their own."""

    @property
    def saved(self) -> int:
        """Requests that were asked for and never had to be sent."""
        return self.deduplicated + self.unserved + self.cache_hits


def ledger_of(operations: Iterable[Operation], *, requested: int, deduplicated: int, unserved: int) -> Ledger:
    """Sum a run's operations. The three arguments come from the plan, everything else from what was done."""
    rows = list(operations)
    listed = [row for row in rows if row.kind == "list" and row.cache not in HITS]
    hits = [row for row in rows if row.kind in {"list", "kubelet"} and row.cache in HITS]
    asked = [row for row in rows if row.kind == "kubelet" and row.cache not in HITS]
    return Ledger(
        requested=requested,
        deduplicated=deduplicated,
        unserved=unserved,
        sent=sum(row.sent for row in rows),
        cache_hits=len(hits),
        watched=sum(1 for row in hits if row.cache == "watch"),
        age_seconds=round(max((row.age for row in hits), default=0.0), 3),
        lists=sum(1 for row in listed if row.page == 0 and row.error != "worker_lost"),
        pages=sum(1 for row in listed if row.page > 0),
        discovery=sum(row.sent - row.retries for row in rows if row.kind == "discover"),
        kubelets=sum(1 for row in asked if row.page == 0 and row.error != "worker_lost"),
        proxied=sum(row.sent - row.retries for row in asked),
        reviews=sum(row.sent - row.retries for row in rows if row.kind == "review"),
        details=sum(row.sent - row.retries for row in rows if row.kind in {"detail", "exec"}),
        retries=sum(row.retries for row in rows),
        resent=sum(1 for row in rows if row.error == "worker_lost"),
        throttled=sum(row.throttled for row in rows),
        slowed=sum(1 for row in rows if row.slowed and row.sent),
        bytes=sum(row.bytes for row in rows),
        wait_seconds=sum(row.permit for row in rows),
        batches=sum(1 for row in rows if row.kind == "evaluate"),
    )
