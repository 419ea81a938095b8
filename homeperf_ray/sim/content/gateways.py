"""Gateways, as Cilium serves them; some that it does not."""

from __future__ import annotations

from homeperf_ray.sim.content.network import DOMAIN
from homeperf_ray.sim.content.world import DAY, HOUR, Object, World

NAMESPACE = "kube-system"
SECRET = "internal-gateway-tls"  # noqa: S105  the name of one
HOST = f"*.lan.{DOMAIN}"
_ROUTES = "httproutes.gateway.networking.k8s.io"
_RESOURCE = "gateways.gateway.networking.k8s.io"
_EPOCH = "1970-01-01T00:00:00Z"
_WAITING = ("Pending", "Waiting for controller")


def objects(world: World) -> dict[str, list[Object]]:
    """One that works; and, where the homelab is not healthy, one a fault."""
    internal = _gateway(world, "internal", listeners=[_listener("http"), _listener("https", HOST, SECRET)])
    made = [internal]
    if not world.healthy:
        _break_listener(world, internal)
        made += [
            _gateway(world, "lab", "envoy", accepted=("Unknown", *_WAITING), programmed=("Unknown", *_WAITING)),
            _gateway(
                world,
                "guest",
                accepted=("False", "InvalidParameters", "the parametersRef guest-parameters could not be resolved"),
                programmed=("False", "Invalid", "the Gateway is not accepted"),
            ),
            _gateway(world, "camera", programmed=("False", "Invalid", "no listener of the Gateway is valid")),
            _gateway(world, "external", programmed=("False", "AddressNotAssigned", "Address not ready yet")),
        ]
    return {_RESOURCE: made}


def routes(world: World) -> dict[str, list[Object]]:
    """What is published through the Gateway that works."""
    made = []
    for name in ("dashboard", "router"):
        metadata = world.metadata(name, NAMESPACE, age=80 * DAY, generation=1)
        parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "internal", "sectionName": "https"}
        rule = {
            "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
            "backendRefs": [{"group": "", "kind": "Service", "name": "hubble-ui", "port": 80, "weight": 1}],
        }
        spec = {"parentRefs": [parent], "hostnames": [f"{name}.lan.{DOMAIN}"], "rules": [rule]}
        conditions = [
            world.condition("Accepted", True, "Accepted", "Accepted HTTPRoute", 20 * DAY),
            world.condition("ResolvedRefs", True, "ResolvedRefs", "Service reference is valid", 20 * DAY),
        ]
        told = {"parentRef": parent, "controllerName": "io.cilium/gateway-controller", "conditions": conditions}
        made.append({"metadata": metadata, "spec": spec, "status": {"parents": [told]}})
    return {_ROUTES: made}


def _listener(name: str, host: str = "", secret: str = "") -> Object:
    listener: Object = {
        "name": name,
        "port": 443 if secret else 80,
        "protocol": "HTTPS" if secret else "HTTP",
        "allowedRoutes": {"namespaces": {"from": "All"}},
    }
    if host:
        listener["hostname"] = host
    if secret:
        listener["tls"] = {"mode": "Terminate", "certificateRefs": [{"group": "", "kind": "Secret", "name": secret}]}
    return listener


def _break_listener(world: World, gateway: Object) -> None:
    """A listener more, whose certificate is in a namespace that does not lend it."""
    listener = _listener("https-media", f"*.media.{DOMAIN}", "media-wildcard-tls")
    listener["tls"]["certificateRefs"][0]["namespace"] = "media"
    message = "CertificateRef is not permitted"
    gateway["spec"]["listeners"].append(listener)
    gateway["status"]["listeners"].append(
        {
            "name": listener["name"],
            "attachedRoutes": 0,
            "supportedKinds": [],
            "conditions": [
                world.condition("Accepted", True, "Accepted", "Listener Accepted", 20 * DAY),
                world.condition("Programmed", False, "Invalid", message, 20 * DAY),
                world.condition("ResolvedRefs", False, "RefNotPermitted", message, 20 * DAY),
            ],
        }
    )


def _gateway(
    world: World,
    name: str,
    class_name: str = "cilium",
    *,
    listeners: list[Object] | None = None,
    accepted: tuple[str, str, str] = ("True", "Accepted", "Gateway successfully scheduled"),
    programmed: tuple[str, str, str] = ("True", "Programmed", "Gateway successfully reconciled"),
) -> Object:
    listeners = listeners or [_listener("http")]
    conditions = [
        world.condition(kind, *said, 20 * DAY) for kind, said in (("Accepted", accepted), ("Programmed", programmed))
    ]
    taken = accepted[0] != "Unknown"
    if not taken:
        for condition in conditions:
            condition["lastTransitionTime"] = _EPOCH
    status: Object = {"conditions": conditions}
    if programmed[0] == "True":
        status["addresses"] = [{"type": "IPAddress", "value": world.address("192.168")}]
    if taken:
        status["listeners"] = [_told(world, listener, programmed[0] == "True") for listener in listeners]
    metadata = world.metadata(name, NAMESPACE, age=90 * DAY, labels={"app.kubernetes.io/part-of": "gateways"})
    return {"metadata": {**metadata, "generation": 1}, "spec": _spec(class_name, listeners), "status": status}


def _spec(class_name: str, listeners: list[Object]) -> Object:
    return {"gatewayClassName": class_name, "listeners": list(listeners)}


def _told(world: World, listener: Object, programmed: bool) -> Object:
    return {
        "name": listener["name"],
        "attachedRoutes": 3,
        "supportedKinds": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}],
        "conditions": [
            world.condition("Accepted", True, "Accepted", "Listener Accepted", 20 * DAY),
            world.condition("Programmed", programmed, "Programmed" if programmed else "Pending", "", 6 * HOUR),
            world.condition("ResolvedRefs", True, "ResolvedRefs", "Resolved Refs", 20 * DAY),
        ],
    }
