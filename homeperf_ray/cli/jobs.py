"""What a command line asks for, as jobs."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from homeperf_ray.checks.finding import DOMAINS
from homeperf_ray.cli.clusters import accesses
from homeperf_ray.config.settings import Settings
from homeperf_ray.executor.job import CheckJob


def jobs(said: Settings, domains: Sequence[str]) -> list[CheckJob]:
    """A job for each context. Raises ConfigError."""
    contexts = accesses(said["kubeconfig"], said["context"], all_contexts=said["all-contexts"])
    run = f"{time.time_ns():x}-{os.getpid():x}"
    return [
        CheckJob(
            run=run if len(contexts) == 1 else f"{run}-{number}",
            access=access,
            domains=tuple(domain for domain in DOMAINS if domain in domains or not domains),
            namespaces=tuple(dict.fromkeys(said["namespace"])) or None,
            concurrency=said["concurrency"],
            qps=said["qps"],
            burst=said["burst"],
            timeout=said["timeout"],
            request_timeout=said["request-timeout"],
            max_age=0.0 if said["fresh"] else said["max-age"],
            details=said["details"],
            secrets=not said["no-secrets"],
            thresholds=said.thresholds,
            suppressions=said.suppressions,
        )
        for number, access in enumerate(contexts)
    ]
