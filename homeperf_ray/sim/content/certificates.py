"""TLS Secrets with real certificates, and the Certificates of cert-manager that most of them come from."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from homeperf_ray.sim.certificates import Authority
from homeperf_ray.sim.content import gateways
from homeperf_ray.sim.content.network import DOMAIN, Site
from homeperf_ray.sim.content.world import DAY, HOUR, MINUTE, Object, World

Fault = Literal[
    "", "renewal", "expired", "reissue", "not-issued", "no-secret", "names", "chain", "self-signed", "garbage"
]


@dataclass(frozen=True)
class Wanted:
    """The certificate of a host: ``days`` to its expiry, of a life of ``life`` days, and what is wrong with it.

    ``managed`` ones come from cert-manager, the others from a person who will forget them.
    """

    namespace: str
    secret: str
    host: str
    days: float
    life: float = 90.0
    fault: Fault = ""
    managed: bool = True


FAULTS: tuple[tuple[Fault, float, bool], ...] = (
    ("renewal", 12.0, True),
    ("names", 188.0, False),
    ("", 3.0, False),
    ("chain", 164.0, False),
    ("expired", -2.0, True),
    ("self-signed", 275.0, False),
    ("", 25.0, False),
    ("garbage", 81.0, False),
    ("not-issued", 0.0, True),
    ("no-secret", 0.0, False),
    ("reissue", 48.0, True),
)
"""What the first sites of a homelab that is not healthy have: the fault, the days left, whether it is managed."""

_DISTINCT = 60
"""After so many certificates, sites share a wildcard's: signing costs time."""

_REFUSED = (
    "The certificate request has failed to complete and will be retried: Failed to wait for order resource to become "
    'ready: order is in "invalid" state: acme: authorization error: 403 urn:ietf:params:acme:error:unauthorized: '
    "Incorrect TXT record found"
)


def wanted(world: World, sites: Sequence[Site], namespaces: Sequence[str]) -> list[Wanted]:
    """A certificate a site, and those that no Ingress names."""
    without = set(world.options.without)
    manager = "certificates" not in without
    found = [_of_site(world, position, site, manager=manager) for position, site in enumerate(sites)]
    if "gateway" not in without:
        found.append(Wanted(gateways.NAMESPACE, gateways.SECRET, gateways.HOST, days=61.0, managed=manager))
    if "cert-manager" in namespaces:
        host = "identity.cert-manager.svc"
        found.append(Wanted("cert-manager", "mesh-identity-tls", host, days=14 / 24, life=1.0))
    if not world.healthy and sites:
        host = f"*.old.{DOMAIN}"
        found.append(Wanted(sites[0].namespace, "old-wildcard-tls", host, days=-40.0, life=365.0, managed=False))
    return found


def _of_site(world: World, position: int, site: Site, *, manager: bool) -> Wanted:
    """Where nothing is wrong there are more than 40 days left."""
    planted: tuple[Fault, float, bool] = ("", world.rng.uniform(41, 89), True)
    if not world.healthy and position < len(FAULTS):
        planted = FAULTS[position]
    fault, days, managed = planted[0], planted[1], planted[2] and manager
    return Wanted(
        site.namespace, site.secret, site.host, days, life=90.0 if managed else 365.0, fault=fault, managed=managed
    )


def secrets(world: World, certificates: Sequence[Wanted]) -> Iterator[Object]:
    """The Secrets of type ``kubernetes.io/tls``."""
    authority = Authority("Homelab Intermediate CA", world.rng, world.now)
    other = Authority("Forgotten Intermediate CA", world.rng, world.now)
    wildcard: tuple[bytes, bytes] | None = None
    for position, item in enumerate(certificates):
        if item.fault in ("not-issued", "no-secret"):
            continue
        if position < _DISTINCT or item.fault or not item.host.endswith(DOMAIN):
            names = [f"old-{item.host}"] if item.fault == "names" else [item.host]
            public, private = authority.issue(
                names[0],
                names=names,
                addresses=[],
                days=item.days,
                age=item.life - item.days,
                self_signed=item.fault == "self-signed",
            )
        else:
            wildcard = wildcard or authority.issue(f"*.{DOMAIN}", names=[f"*.{DOMAIN}"], addresses=[], days=70, age=20)
            public, private = wildcard
        chain = {"chain": other.pem, "self-signed": b""}.get(item.fault, authority.pem)
        bundle = b"paste the certificate here\n" if item.fault == "garbage" else public + chain
        data = {"tls.crt": _encoded(bundle), "tls.key": _encoded(private)}
        yield {"metadata": _secret_metadata(world, item), "data": data, "type": "kubernetes.io/tls"}


def _secret_metadata(world: World, item: Wanted) -> Object:
    if not item.managed:
        return world.metadata(item.secret, item.namespace, age=60 * DAY)
    labels = {"controller.cert-manager.io/fao": "true"}
    annotations = {"cert-manager.io/common-name": item.host, "cert-manager.io/certificate-name": item.secret}
    return world.metadata(item.secret, item.namespace, age=60 * DAY, labels=labels, annotations=annotations)


def objects(world: World, certificates: Sequence[Wanted]) -> Iterator[Object]:
    """The Certificates of what cert-manager manages."""
    for item in certificates:
        if item.managed:
            metadata = world.metadata(item.secret, item.namespace, age=120 * DAY, generation=1)
            spec = {
                "secretName": item.secret,
                "dnsNames": [item.host],
                "duration": f"{item.life * 24:.0f}h0m0s",
                "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt-production"},
                "usages": ["digital signature", "key encipherment"],
            }
            yield {"metadata": metadata, "spec": spec, "status": _status(world, item)}


def _status(world: World, item: Wanted) -> Object:
    status: Object = {"conditions": _conditions(world, item), "revision": 3}
    if item.fault != "not-issued":
        status["notBefore"] = world.stamp((item.life - item.days) * DAY)
        status["notAfter"] = world.stamp(-item.days * DAY)
        status["renewalTime"] = world.stamp((item.life / 3 - item.days) * DAY)
    if item.fault in ("renewal", "expired", "reissue", "not-issued"):
        status["failedIssuanceAttempts"] = 5
        status["lastFailureTime"] = world.stamp(7 * HOUR)
    return status


def _conditions(world: World, item: Wanted) -> list[Object]:
    since = 9 * DAY
    if item.fault == "not-issued":
        message = "Issuing certificate as Secret does not exist"
        ready = world.condition("Ready", False, "DoesNotExist", message, since)
    elif item.fault == "expired":
        message = f"Certificate expired on {world.stamp(-item.days * DAY)}"
        ready = world.condition("Ready", False, "Expired", message, -item.days * DAY)
    elif item.fault == "reissue":
        message = 'Issuing certificate as Secret was previously issued by "ClusterIssuer.cert-manager.io/homelab-ca"'
        ready = world.condition("Ready", False, "IncorrectIssuer", message, since)
    else:
        message = "Certificate is up to date and has not expired"
        return [world.condition("Ready", True, "Ready", message, 30 * MINUTE), *_failed(world, item)]
    return [ready, *_failed(world, item)]


def _failed(world: World, item: Wanted) -> list[Object]:
    if item.fault == "":
        return []
    return [world.condition("Issuing", False, "Failed", _REFUSED, 7 * HOUR)]


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
