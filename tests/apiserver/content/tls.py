"""TLS Secrets: good and bad, used and not."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from random import Random

from homeperf_ray.sim.certificates import Authority
from tests.apiserver.content.made import NOW, Made, make


def tls_secrets(namespace: str) -> Iterator[Made]:
    """The Ingresses beside them use all but the last two."""
    authority = Authority("home", Random(7), NOW)

    def issued(name: str, days: float, *, self_signed: bool = False) -> bytes:
        names = [f"{name}.home.invalid"]
        return authority.issue(name, names=names, addresses=[], days=days, age=90 - days, self_signed=self_signed)[0]

    good = issued("fitting", 80) + authority.pem
    yield _secret("good-tls", namespace, good)
    yield _secret("garbled-tls", namespace, b"this is no certificate", codes=("HP455",))
    yield _secret("own-tls", namespace, issued("own", 80, self_signed=True), codes=("HP456",))
    yield _secret("left-over-tls", namespace, issued("left-over", -3), codes=("HP459",))
    yield _secret("spare-tls", namespace, good)


def _secret(name: str, namespace: str, certificate: bytes, **made: object) -> Made:
    data = {"tls.crt": base64.b64encode(certificate).decode(), "tls.key": base64.b64encode(b"hunter2").decode()}
    return make("v1", "secrets", "Secret", name, namespace,
                body={"type": "kubernetes.io/tls", "data": data}, **made)  # type: ignore[arg-type]  # fmt: skip
