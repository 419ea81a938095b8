"""Ingress controllers: which workload runs the controller that an IngressClass names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.masks import Mask, any_matches, any_of, is_one_of, matches
from homeperf_ray.checks.workload_table import Workload


class Family(msgspec.Struct, frozen=True):
    """One program: fragments of ``spec.controller`` values that mean it, of its images, and its usual names."""

    controllers: tuple[str, ...]
    images: tuple[str, ...]
    names: tuple[str, ...]

    def runs_in(self, workload: Workload) -> bool:
        """Whether a workload is this program, by its images or, if they tell nothing, by its name and label."""
        if any(fragment in image for image in workload.images for fragment in self.images):
            return True
        return any(name in (workload.app, workload.name) or workload.name.startswith(f"{name}-") for name in self.names)


FAMILIES = (
    Family(
        ("k8s.io/ingress-nginx",),
        ("ingress-nginx/controller", "ingress-nginx-controller", "nginx-ingress-controller"),
        ("ingress-nginx", "nginx-ingress-controller", "rke2-ingress-nginx", "nginx-ingress-microk8s"),
    ),
    Family(("nginx.org/",), ("nginx/nginx-ingress", "nginx-ic"), ("nginx-ingress",)),
    Family(("traefik.io/",), ("/traefik", "traefik:", "traefik@"), ("traefik",)),
    Family(("haproxy.org/", "haproxy-ingress"), ("haproxy",), ("haproxy-ingress", "kubernetes-ingress", "haproxy")),
    Family(("cilium.io/",), ("cilium/operator",), ("cilium-operator", "cilium")),
    Family(("projectcontour.io/",), ("projectcontour/contour",), ("contour",)),
    Family(("konghq.com/", "konghq"), ("kong/kubernetes-ingress-controller",), ("kong", "ingress-kong")),
    Family(("istio.io/",), ("istio/pilot",), ("istiod",)),
    Family(("caddyserver.com/", "caddy"), ("caddy",), ("caddy-ingress-controller", "caddy")),
    Family(("tailscale.com/",), ("tailscale/k8s-operator",), ("tailscale-operator", "operator")),
    Family(("pomerium.io/",), ("pomerium/ingress-controller",), ("pomerium",)),
    Family(("cloudflare",), ("cloudflare-tunnel-ingress-controller",), ("cloudflare-tunnel-ingress-controller",)),
    Family(("ngrok.com/",), ("ngrok/kubernetes", "ngrok/ngrok-operator"), ("ngrok-operator", "ngrok")),
    Family(("getambassador.io/",), ("emissary",), ("emissary-ingress",)),
    Family(("apisix.apache.org/",), ("apisix-ingress-controller",), ("apisix-ingress-controller",)),
    Family(("ingress.k8s.aws/",), ("aws-load-balancer-controller",), ("aws-load-balancer-controller",)),
    Family(("kubernetes-ingress-controller/skipper", "zalando"), ("zalando/skipper",), ("skipper-ingress",)),
    Family(("voyagermesh.com/",), ("voyager",), ("voyager",)),
)


_IMAGES = "|".join(re.escape(fragment) for family in FAMILIES for fragment in family.images)
_NAMES = tuple(name for family in FAMILIES for name in family.names)
_CALLED = "^(?:" + "|".join(map(re.escape, _NAMES)) + ")(?:-|$)"


def may_be_controllers(table: pa.Table) -> Mask:
    """Which rows may be one of the families, or say that they are a controller."""
    told = any_of(pc.is_valid(table["controller_class"]), is_one_of(table["app"], _NAMES))
    return any_of(told, matches(table["name"], _CALLED), any_matches(table["images"], _IMAGES))


def workloads_of(controller: str, workloads: Sequence[Workload]) -> Sequence[Workload] | None:
    """The workloads that run ``controller``; None where nothing tells which program it is.

    A workload that says which controller it is (``--controller-class=``) is believed. A workload of the same program
    that says it is another controller is not taken for this one.
    """
    said = [workload for workload in workloads if controller and workload.controller_class == controller]
    if said:
        return said
    family = next((family for family in FAMILIES if any(part in controller for part in family.controllers)), None)
    if family is None:
        return None
    return [workload for workload in workloads if not workload.controller_class and family.runs_in(workload)]


def uses(ingresses: Sequence[Mapping[str, Any]] | None, classes: Sequence[Mapping[str, Any]]) -> dict[str, int] | None:
    """How many ingresses each class has, those without a class given to the default; None where it is unknown."""
    if ingresses is None:
        return None
    default = next((row["name"] for row in classes if row["default"]), "")
    counts: dict[str, int] = {}
    for row in ingresses:
        name = row["ingress_class"] or default
        counts[name] = counts.get(name, 0) + 1
    return counts
