"""``python -m benchmarks.budget.client KUBECONFIG CONTEXT PATH``: a bare keep-alive client, a user of its own.

It sends small GETs, one after the other with a pause, until its standard input is closed. Then it prints a JSON list of
pairs: when each answer was complete, in seconds of the monotonic clock, and how long it had taken.
"""

from __future__ import annotations

import http.client
import json
import select
import ssl
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.homelab import credentials

PAUSE = 0.01
"""Seconds between an answer and the next request."""


def main() -> None:
    """Ask until nobody listens any more."""
    kubeconfig, context, path = sys.argv[1:]
    url, authority, token = credentials(Path(kubeconfig), context)
    where = urlsplit(url)
    tls = ssl.create_default_context(cadata=authority)
    server = http.client.HTTPSConnection(where.hostname or "", where.port, context=tls, timeout=30)
    taken: list[tuple[float, float]] = []
    while not select.select([sys.stdin], [], [], PAUSE)[0]:
        began = time.monotonic()
        server.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = server.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        now = time.monotonic()
        taken.append((now, now - began))
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
