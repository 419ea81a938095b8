"""cert-manager's objects, and certificates in Secrets."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from tests.apiserver.content.made import Made, condition, make
from tests.apiserver.crds import CERTIFICATE, CLUSTER_ISSUER, ISSUER

READY = {"conditions": [condition("Ready")]}


def certificates(namespaces: list[str], pem: tuple[bytes, bytes]) -> Iterator[Made]:
    """An issuer of each kind, and a Certificate with its Secret in each namespace; ``pem`` is what Secrets hold."""
    yield make(CLUSTER_ISSUER.api, CLUSTER_ISSUER.plural, CLUSTER_ISSUER.kind, "letsencrypt",
               body={"spec": {"acme": {}}}, status=READY)  # fmt: skip
    yield make(ISSUER.api, ISSUER.plural, ISSUER.kind, "home-ca", namespaces[0],
               body={"spec": {"ca": {"secretName": "home-ca"}}}, status=READY)  # fmt: skip
    certificate, key = (base64.b64encode(part).decode() for part in pem)
    for namespace in namespaces:
        spec = {"secretName": "web-tls", "dnsNames": ["web.home.invalid"]}
        yield make(CERTIFICATE.api, CERTIFICATE.plural, CERTIFICATE.kind, "web", namespace,
                   body={"spec": spec}, status=READY)  # fmt: skip
        yield make("v1", "secrets", "Secret", "web-tls", namespace,
                   body={"type": "kubernetes.io/tls", "data": {"tls.crt": certificate, "tls.key": key}})  # fmt: skip
