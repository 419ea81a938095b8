"""cert-manager's objects, and certificates in Secrets."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import Made, ago, condition, make
from tests.apiserver.crds import CERTIFICATE, CLUSTER_ISSUER, ISSUER

UNISSUED = condition("Ready", "False", "DoesNotExist", "Issuing certificate as Secret does not exist")
UNRENEWED = condition("Ready", "False", "Expired", "the issuer does not answer")
READY_CONDITION = condition("Ready")
READY = {"conditions": [READY_CONDITION]}


def certificates(namespaces: list[str], pem: tuple[bytes, bytes]) -> Iterator[Made]:
    """An issuer of each kind, and a Certificate with its Secret in each namespace; ``pem`` is what Secrets hold."""
    yield make(CLUSTER_ISSUER.api, CLUSTER_ISSUER.plural, CLUSTER_ISSUER.kind, "letsencrypt",
               body={"spec": {"acme": {}}}, status=READY)  # fmt: skip
    yield make(ISSUER.api, ISSUER.plural, ISSUER.kind, "home-ca", namespaces[0],
               body={"spec": {"ca": {"secretName": "home-ca"}}}, status=READY)  # fmt: skip
    certificate, key = (base64.b64encode(part).decode() for part in pem)
    for namespace in namespaces:
        yield _certificate("web", namespace, began=-20, ends=70, renewal=40)
        yield make("v1", "secrets", "Secret", "web-tls", namespace,
                   body={"type": "kubernetes.io/tls", "data": {"tls.crt": certificate, "tls.key": key}})  # fmt: skip
    yield from _troubled(namespaces[0])


def _troubled(namespace: str) -> Iterator[Made]:
    """Certificates in every kind of trouble, and one that is renewed in time though it has little left."""
    yield _certificate("never-issued", namespace, ready=UNISSUED, codes=("HP451",))
    yield _certificate("expired", namespace, began=-92, ends=-2, renewal=-32, codes=("HP452",))
    yield _certificate("ends-soon", namespace, began=-75, ends=15, renewal=-15, codes=("HP453",))
    yield _certificate("not-renewed", namespace, began=-20, ends=70, renewal=40, ready=UNRENEWED, codes=("HP454",))
    yield _certificate("of-a-day", namespace, began=-0.25, ends=0.75, renewal=0.4)


def _certificate(
    name: str,
    namespace: str,
    *,
    began: float | None = None,
    ends: float | None = None,
    renewal: float | None = None,
    ready: dict[str, Any] = READY_CONDITION,
    **made: Any,
) -> Made:
    """Times are days from now."""
    moments = {"notBefore": began, "notAfter": ends, "renewalTime": renewal}
    status = {"conditions": [ready], **{at: ago(days=-days) for at, days in moments.items() if days is not None}}
    spec = {"secretName": f"{name}-tls", "dnsNames": [f"{name}.home.invalid"]}
    return make(CERTIFICATE.api, CERTIFICATE.plural, CERTIFICATE.kind, name, namespace,
                body={"spec": spec}, status=status, **made)  # fmt: skip
