"""What homelab to build, and how its server answers."""

from __future__ import annotations

import re
from typing import Literal, get_args

import msgspec

from homeperf_ray.sim.delays import Delay, DelayError
from homeperf_ray.sim.fairness import SEATS
from homeperf_ray.sim.faults import Rule
from homeperf_ray.sim.kubelet_ports import Certified

Part = Literal["flux", "ceph", "metrics", "certificates", "gateway"]
PARTS: tuple[Part, ...] = get_args(Part)

MINORS = range(19, 41)
"""Minor versions of Kubernetes 1 whose served API versions are known to ``sim.apis``."""

_VERSION = re.compile(r"^v?1\.(\d+)(?:\.\d+)?$")


class OptionsError(ValueError):
    """An option that no homelab can be built from; the message says why and what would do."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """One homelab. Counts are exact: a LIST of pods gives ``pods`` items.

    ``bandwidth`` is in bytes a second (0: no limit), ``churn`` in changes a second. ``fairness`` deals ``seats``.
    ``from_kubeconfig`` copies the cluster of ``context`` instead of making one up.

    The same values give the same names and the same faults; ages are relative to the start. ``port`` 0 takes a free
    one. ``without`` leaves parts out as if they had never been installed. ``default_class`` says whether one
    StorageClass is the default. ``healthy`` plants nothing wrong. ``faults`` are in force from the start. ``kubelets``
    gives each node a kubelet that can be reached directly, and says who has signed its certificate.
    StorageClass is the default. ``healthy`` plants nothing wrong. ``faults`` are in force from the start. ``endpoints``
    lets what the objects name answer on loopback: DNS, ingresses, Gateways and Services.
    """

    nodes: int = 6
    namespaces: int = 30
    pods: int = 300
    pvcs: int = 40
    seed: int = 7
    port: int = 0
    latency: Delay = Delay()
    bandwidth: float = 0.0
    fairness: bool = False
    seats: int = SEATS
    churn: float = 0.0
    from_kubeconfig: str = ""
    context: str = ""
    kubernetes_version: str = "1.34"
    without: tuple[Part, ...] = ()
    healthy: bool = False
    default_class: bool = True
    endpoints: bool = False
    faults: tuple[Rule, ...] = ()
    kubelets: Certified | None = None

    @property
    def minor(self) -> int:
        """34 for Kubernetes 1.34."""
        found = _VERSION.match(self.kubernetes_version)
        if found is None or int(found[1]) not in MINORS:
            raise OptionsError(
                f"Kubernetes version {self.kubernetes_version!r} is not known here; "
                f"name one from 1.{MINORS.start} to 1.{MINORS.stop - 1}, such as 1.34."
            )
        return int(found[1])

    def validate(self) -> None:
        """Raise OptionsError where these values cannot make a homelab."""
        if not 1 <= self.nodes <= 5_000:
            raise OptionsError("A homelab has 1 to 5000 nodes; change --nodes.")
        if self.namespaces < 5:
            raise OptionsError("A homelab has at least 5 namespaces; change --namespaces.")
        if self.pods < self.nodes + 4:
            raise OptionsError(
                f"{self.nodes} nodes need at least {self.nodes + 4} pods (a CNI agent each, CoreDNS, an ingress "
                "controller); raise --pods or lower --nodes."
            )
        if self.pvcs < 0:
            raise OptionsError("The number of claims cannot be negative; change --pvcs.")
        self._validate_conditions()
        if not 0 <= self.port <= 65_535:
            raise OptionsError("A port is between 0 and 65535; change --port.")
        unknown = sorted(set(self.without) - set(PARTS))
        if unknown:
            raise OptionsError(f"--without knows {', '.join(PARTS)}, not {', '.join(unknown)}.")
        _ = self.minor
        if self.endpoints and self.from_kubeconfig:
            raise OptionsError(
                "A copy of a cluster names real addresses; --endpoints is for a homelab that is made up."
            )
        for rule in self.faults:
            rule.validate()

    def _validate_conditions(self) -> None:
        try:
            self.latency.validate()
        except DelayError as error:
            raise OptionsError(str(error)) from error
        if self.bandwidth < 0:
            raise OptionsError("The bandwidth cannot be negative; change --bandwidth.")
        if self.seats < 1:
            raise OptionsError("A server has at least one seat; change --seats.")
        if not 0 <= self.churn <= 1_000:
            raise OptionsError("Churn is between 0 and 1000 changes a second; change --churn.")
