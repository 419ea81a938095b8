"""Real certificates for tests, made once: keys cost time."""

from __future__ import annotations

import base64
from functools import cache
from random import Random

from homeperf_ray.sim.certificates import Authority
from tests.checks.judging import NOW, Object, meta

PRIVATE = "-----BEGIN PRIVATE KEY----- hunter2"


@cache
def authority(name: str = "ca") -> Authority:
    return Authority(name, Random(name), NOW)


@cache
def issued(
    *names: str, left: float = 60.0, life: float = 365.0, addresses: tuple[str, ...] = (), self_signed: bool = False
) -> bytes:
    """A certificate of the first authority, as PEM."""
    return authority().issue(
        names[0] if names else "nameless",
        names=list(names),
        addresses=list(addresses),
        days=left,
        age=life - left,
        self_signed=self_signed,
    )[0]


def secret(name: str = "web-tls", *parts: bytes, namespace: str = "media", managed: bool = False, **more) -> Object:
    """A TLS Secret of these PEM parts, or of a good chain."""
    bundle = b"".join(parts) or issued("web.home.arpa", **more) + authority().pem
    annotations = {"cert-manager.io/certificate-name": name} if managed else {}
    data = {"tls.crt": base64.b64encode(bundle).decode(), "tls.key": base64.b64encode(PRIVATE.encode()).decode()}
    return {"metadata": meta(name, namespace, annotations=annotations), "type": "kubernetes.io/tls", "data": data}
