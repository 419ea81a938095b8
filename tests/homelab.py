"""The embedded homelab for tests: a running server, its counts, its faults.

Fixtures (in conftest.py): ``homelab`` is one server for the whole session (6 nodes, 30 namespaces, 300 pods, 40 claims,
seed 7); its counts and faults are shared, so a test that looks at them begins with ``homelab.reset()``.
``make_homelab(**options)`` starts one of the test's own and stops it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from homeperf_ray.sim.process import RunningSim, start

MakeHomelab = Callable[..., RunningSim]


def start_homelab(**options: Any) -> RunningSim:
    """Start a homelab; the options are those of ``homeperf_ray.sim.process.start``."""
    return start(**options)


def received(sim: RunningSim, **match: str) -> int:
    """How many requests the server received: ``received(sim, verb="list", resource="pods")``.

    Fields to match: user, verb, resource, namespace, path.
    """
    rows = sim.counts()["requests"]
    return sum(row["count"] for row in rows if all(row[field] == wanted for field, wanted in match.items()))


OF_NODES = ("nodes", "pods", "nodes.metrics.k8s.io", "endpointslices.discovery.k8s.io")
"""What the domain nodes reads."""


def lists(sim: RunningSim) -> dict[str, int]:
    """LIST requests by resource (``pods``, ``deployments.apps``), pages included."""
    found: dict[str, int] = {}
    for row in sim.counts()["requests"]:
        if row["verb"] == "list":
            found[row["resource"]] = found.get(row["resource"], 0) + row["count"]
    return found


def credentials(kubeconfig: Path, context: str = "homelab") -> tuple[str, str, str]:
    """Server URL, CA as PEM text and bearer token of one context."""
    import base64

    import yaml

    config = yaml.safe_load(kubeconfig.read_text())
    chosen = next(item["context"] for item in config["contexts"] if item["name"] == context)
    cluster = next(item["cluster"] for item in config["clusters"] if item["name"] == chosen["cluster"])
    user = next(item["user"] for item in config["users"] if item["name"] == chosen["user"])
    return cluster["server"], base64.b64decode(cluster["certificate-authority-data"]).decode(), user["token"]
