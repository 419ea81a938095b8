"""What a command line asks for, as jobs."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from homeperf_ray.checks.finding import DOMAINS
from homeperf_ray.cli.clusters import accesses
from homeperf_ray.config.settings import Settings
from homeperf_ray.executor.job import CheckJob
from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.request import Access


def jobs(said: Settings, domains: Sequence[str]) -> list[CheckJob]:
    """A job for each context. Raises ConfigError."""
    contexts = _theirs(said) if away(said) else _ours(said)
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
            kubelet=said["kubelet"],
            kubelet_access=said["kubelet-access"],
            kubelet_insecure=said["kubelet-insecure-tls"],
            timings=not said["no-timings"],
            targets=said["probe"],
            exec=said["exec"],
            thresholds=said.thresholds,
            suppressions=said.suppressions,
        )
        for number, access in enumerate(contexts)
    ]


def away(said: Settings) -> bool:
    """Whether the runtime of a cluster is to do it, with its own credentials."""
    return bool(said["address"]) and said["runner"] in ("auto", "ray")


def _ours(said: Settings) -> tuple[Access, ...]:
    return accesses(said["kubeconfig"], said["context"], all_contexts=said["all-contexts"])


def _theirs(said: Settings) -> tuple[Access, ...]:
    """What a runtime elsewhere reads is its own affair: no kubeconfig of this machine is read or named."""
    where = f"the runtime at {said['address']} reads one cluster with its own credentials"
    without = "Leave it out, or run without the runtime: --runner local"
    if said["all-contexts"] or len(said["context"]) > 1:
        raise ConfigError(f"{where}; it knows no other contexts", without)
    if said["kubeconfig"] and said.options["kubeconfig"].origin.startswith("option"):
        raise ConfigError(f"{where}; it takes no kubeconfig", without)
    return (Access((), *said["context"]),)
