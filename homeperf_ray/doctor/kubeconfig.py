"""The kubeconfig of a context: who may read its files, and how the user shows who he is."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from homeperf_ray.doctor.diagnosis import Diagnosis
from homeperf_ray.kube.auth import LegacyProvider
from homeperf_ray.kube.credentials import TokenFile
from homeperf_ray.kube.exec_plugin import ExecPlugin
from homeperf_ray.kube.target import IN_CLUSTER, Target

SOON = 30
"""Days before its end when a client certificate is worth a warning; kubeadm's last a year and end together."""


def kubeconfig(paths: tuple[str, ...], target: Target, now: datetime | None = None) -> Iterator[Diagnosis]:
    """What the files say, without asking the server. ``now`` is in UTC."""
    present = [Path(path) for path in paths if Path(path).exists()]
    where = ", ".join(map(str, present)) or "the pod's ServiceAccount"
    named = f"context {target.context!r} of " if target.context != IN_CLUSTER else ""
    yield Diagnosis("kubeconfig", "ok", f"{named}{where}, by {_means(target)}")
    yield from (
        Diagnosis("kubeconfig", "warning", f"others on this machine may read {path}", f"chmod 600 {path}")
        for path in present
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    )
    yield from (Diagnosis("kubeconfig", "warning", warning, "Correct the kubeconfig.") for warning in target.warnings)
    yield from _certificate(target, now or datetime.now(UTC))


def _means(target: Target) -> str:
    source = target.source
    if isinstance(source, TokenFile):
        return f"the token in {source.path}"
    if isinstance(source, ExecPlugin):
        return f"the exec plugin {source.command!r}"
    if isinstance(source, LegacyProvider):
        return "an auth provider"
    if material := source.material():
        return "user name and password" if material.startswith(b"Basic ") else "a token"
    return "a client certificate" if target.certificate else "no credentials at all"


def _certificate(target: Target, now: datetime) -> Iterator[Diagnosis]:
    end = target.certificate.not_after() if target.certificate else None
    if end is None:
        return
    days = (end - now).total_seconds() / 86400
    renew = "Have it renewed: kubeadm certs renew admin.conf, or however this cluster makes its kubeconfigs."
    if days < 0:
        yield Diagnosis("certificate", "error", f"the client certificate expired on {end:%Y-%m-%d}", renew)
    elif days < SOON:
        message = f"the client certificate expires on {end:%Y-%m-%d}, in {days:.0f} days"
        yield Diagnosis("certificate", "warning", message, renew)
    else:
        yield Diagnosis("certificate", "ok", f"the client certificate is valid until {end:%Y-%m-%d}")
