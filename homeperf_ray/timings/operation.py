"""The timing row: one operation, timed by phase."""

from __future__ import annotations

import msgspec


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that homeperf did, and how long each part of it took.

    An operation is one HTTP exchange (one page of a LIST, one discovery document, the events or the log lines of one
    object) with its retries, one answer from the cache, one evaluation of a batch of checks, or one phase or batch of a
    validation. All durations are seconds; a phase that did not happen is 0. ``sent`` counts the HTTP requests that left
    this process for the API server, so that the sum over a run is what that saw: a kubelet that is asked directly
    (``nodes/stats``) has 0.
    """

    kind: str
    """``discover``, ``list``, ``get``, ``kubelet``, ``detail``, ``exec``, ``review``, ``evaluate`` or ``probe``; of a
    validation ``find``, ``load``, ``schemas``, ``judge``, ``substitute``, ``render`` or ``references``; in the
    background ``watch`` (one watch, from its beginning to its end) or ``follow`` (one page of a LIST that keeps a table
    current).
    """
    started: float
    """Unix time, seconds."""
    run: str = ""
    node: str = ""
    worker: str = ""
    pid: int = 0
    context: str = ""
    resource: str = ""
    """``pods``, ``deployments.apps``; for discovery the path; for an evaluation the checks, comma-separated; for
    a probe its target."""
    namespace: str = ""
    page: int = 0
    queue: float = 0.0
    permit: float = 0.0
    connect: float = 0.0
    first_byte: float = 0.0
    transfer: float = 0.0
    decode: float = 0.0
    evaluate: float = 0.0
    total: float = 0.0
    bytes: int = 0
    items: int = 0
    cache: str = ""
    """``hit``, ``watch`` (a hit of what a watch keeps current), ``miss``, or empty where no cache was asked."""
    age: float = 0.0
    """Seconds since what the cache gave was read or last heard of."""
    sent: int = 0
    retries: int = 0
    throttled: int = 0
    rate: float = 0.0
    """Requests a second that the budget gave when this one was sent; 0 where there was no limit."""
    slowed: str = ""
    """Why that was less than the budget: ``429``, ``503`` or ``latency``."""
    status: int = 0
    """HTTP status of the last answer; 0 without one."""
    error: str = ""
    """The error's kind (``forbidden``, ``unreachable``, ``worker_lost`` ...), empty on success."""
    vantage: str = ""
    """From where a probe was done: ``workstation``, or the name of a node."""
    dns: float = 0.0
    tls: float = 0.0
