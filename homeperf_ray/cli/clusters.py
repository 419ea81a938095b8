"""Which contexts a command is about."""

from __future__ import annotations

import os
from collections.abc import Sequence

from homeperf_ray.kube.errors import ConfigError
from homeperf_ray.kube.request import Access


def contexts_of(kubeconfig: str | None) -> tuple[str, ...]:
    """The names of all contexts; none where there is no kubeconfig. Raises ConfigError."""
    from homeperf_ray.kube.kubeconfig import kubeconfig_paths, read_kubeconfig

    paths = kubeconfig_paths(kubeconfig, os.environ)
    return read_kubeconfig(paths).contexts if paths else ()


def accesses(kubeconfig: str | None, contexts: Sequence[str], *, all_contexts: bool) -> tuple[Access, ...]:
    """One access a context, each once, in the order named; the current context where none is.

    Raises ConfigError where the kubeconfig cannot be read, or has no contexts to take them all.
    """
    from homeperf_ray.kube.kubeconfig import kubeconfig_paths, read_kubeconfig

    paths = kubeconfig_paths(kubeconfig, os.environ)
    if all_contexts:
        if not paths:
            raise ConfigError("--all-contexts needs a kubeconfig, and there is none", "Name one with --kubeconfig.")
        contexts = read_kubeconfig(paths).contexts
        if not contexts:
            raise ConfigError(f"{', '.join(paths)} has no contexts", "Name another kubeconfig with --kubeconfig.")
    return tuple(Access(paths, name) for name in dict.fromkeys(contexts or ("",)))
