"""What a server really received, from its own audit log."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Event = dict[str, Any]

POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Metadata\n"
"""Every request at every stage: its arrival is written before it is handled, so that none can be missed."""

AGENT = "homeperf/"

SETTLE_SECONDS = 20


class AuditLog:
    """Reads what has arrived since ``forget``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start = 0

    def forget(self) -> None:
        """Count from now on."""
        self._start = self.path.stat().st_size

    def requests(self, agent: str = AGENT) -> list[Event]:
        """The requests of one kind of client, in the order of their arrival, each as its last event.

        Waits until all that have arrived are answered; of a watch, not all servers tell that it has begun.
        """
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            events = self._last_events(agent)
            if all(event["stage"] != "RequestReceived" or event["verb"] == "watch" for event in events):
                return events
            assert time.monotonic() < deadline, "a request that arrived was never answered"
            time.sleep(0.05)

    def watches_have_ended(self) -> bool:
        """Whether the last has been written about every watch that has begun."""
        return all(one["stage"] == "ResponseComplete" for one in self._last_events() if one["verb"] == "watch")

    def _last_events(self, agent: str = AGENT) -> list[Event]:
        with self.path.open("rb") as log:
            log.seek(self._start)
            lines = log.read().split(b"\n")[:-1]
        found: dict[str, Event] = {}
        for event in map(json.loads, lines):
            if event.get("userAgent", "").startswith(agent):
                found[event["auditID"]] = event
        return list(found.values())


def resource_of(event: Event) -> str:
    """``pods`` or ``deployments.apps``; empty for what is no resource, such as discovery."""
    about = event.get("objectRef", {})
    return ".".join(filter(None, (about.get("resource"), about.get("apiGroup"))))


def lists(events: Iterable[Event]) -> Counter[str]:
    """LIST requests by resource, pages included."""
    return Counter(resource_of(event) for event in events if event["verb"] == "list")


def others(events: Iterable[Event]) -> list[str]:
    """The paths of everything that was no LIST."""
    return [event["requestURI"] for event in events if event["verb"] != "list"]
