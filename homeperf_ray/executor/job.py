"""What the user asked for, as a value that travels to a runtime."""

from __future__ import annotations

import msgspec

from homeperf_ray.checks.finding import DOMAINS, Domain
from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.request import Access, KubeletAccess


class CheckJob(msgspec.Struct, frozen=True, kw_only=True):
    """One ``homeperf check`` of one context. Times are seconds; ``max_age`` 0 accepts no cached answer.

    ``namespaces`` is None for the whole cluster. ``run`` identifies the run in the timings. ``timeout`` is for the
    whole run, ``request_timeout`` for the silence of the server within one request. ``details`` bounds for how many
    sick objects events and log lines are fetched. ``secrets`` False reads no Secret at all, not even the certificates
    of TLS Secrets. ``targets`` asks for what is to be probed; probes are done by whoever sends the job. ``exec`` True
    runs three commands of Ceph in its toolbox. ``kubelet`` True asks the kubelets how full their volumes are, on the
    ways that ``kubelet_access`` allows; ``kubelet_insecure`` even those whose certificate nobody vouches for.
    ``timings`` says that whoever asks keeps them: it is then given what was done in the background too.
    """

    run: str
    access: Access
    domains: tuple[Domain, ...] = DOMAINS
    namespaces: tuple[str, ...] | None = None
    concurrency: int = 10
    qps: float = 50.0
    burst: int = 100
    timeout: float = 30.0
    request_timeout: float = 10.0
    max_age: float = 30.0
    details: int = 5
    thresholds: Thresholds = Thresholds()
    suppressions: tuple[Suppression, ...] = ()
    secrets: bool = True
    kubelet: bool = False
    kubelet_access: KubeletAccess = "auto"
    kubelet_insecure: bool = False
    timings: bool = True
    targets: bool = False
    exec: bool = False
