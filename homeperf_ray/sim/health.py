"""/healthz, /livez and /readyz: each check by itself, and all of them in words."""

from __future__ import annotations

from homeperf_ray.sim.answers import Answer

_CHECKS = (
    "ping",
    "log",
    "etcd",
    "poststarthook/start-kube-apiserver-admission-initializer",
    "poststarthook/generic-apiserver-start-informers",
    "poststarthook/priority-and-fairness-config-consumer",
    "poststarthook/priority-and-fairness-filter",
    "poststarthook/start-apiextensions-informers",
    "poststarthook/start-apiextensions-controllers",
    "poststarthook/crd-informer-synced",
    "poststarthook/rbac/bootstrap-roles",
    "poststarthook/scheduling/bootstrap-system-priority-classes",
    "poststarthook/start-kube-aggregator-informers",
    "poststarthook/apiservice-registration-controller",
    "poststarthook/apiservice-status-available-controller",
    "poststarthook/kube-apiserver-autoregistration",
    "autoregister-completion",
)

_READY = ("informer-sync", "shutdown")

_TEXT = "text/plain; charset=utf-8"
_HEADERS = {"X-Content-Type-Options": "nosniff"}


def _checks(root: str) -> tuple[str, ...]:
    return (*_CHECKS, *_READY) if root == "readyz" else _CHECKS


def paths() -> list[str]:
    """The path of every single check."""
    return [f"/{root}/{check}" for root in ("healthz", "livez", "readyz") for check in _checks(root)]


def about(path: str) -> bool:
    """Whether a path is one of these."""
    return path.strip("/").partition("/")[0] in {"healthz", "livez", "readyz"}


def answer(path: str, *, verbose: bool) -> Answer | None:
    """The answer for ``/readyz`` or one check below it such as ``/readyz/etcd``; None where there is no such check."""
    root, _, check = path.strip("/").partition("/")
    if check:
        return Answer(b"ok", content_type=_TEXT) if check in _checks(root) else None
    if not verbose:
        return Answer(b"ok", content_type=_TEXT, headers=_HEADERS)
    lines = [f"[+]{name} ok" for name in _checks(root)]
    text = "\n".join([*lines, f"{root} check passed", ""])
    return Answer(text.encode(), content_type=_TEXT, headers=_HEADERS)
