"""On which ways a kubelet may be asked, and why not on the others. Pure.

A kubelet takes the credentials of the cluster's users, so whoever it shows a certificate to must know that it is one:
metrics-server and kube-apiserver (with ``--kubelet-certificate-authority``) verify it against the cluster's authority,
and so is it done here. A bearer token is in the hands of the node that it is shown to. One that gives more than this
node could do anyway is not shown: who may ``get nodes/proxy`` may run commands in every pod of the cluster.
"""

from __future__ import annotations

import ipaddress
from typing import Literal, NamedTuple

from homeperf_ray.kube.credentials import Credential
from homeperf_ray.kube.request import Kubelet, KubeletAccess
from homeperf_ray.kube.target import Target

Way = Literal["direct", "proxy"]


class Rights(NamedTuple):
    """Whether the user may ``get`` ``nodes/stats``, and ``nodes/proxy``."""

    stats: bool
    proxy: bool


def ways(access: KubeletAccess, rights: Rights, bar: str) -> tuple[Way, ...]:
    """The ways to try, in order; ``bar`` is why the credential is not shown to kubelets, empty where it may be."""
    direct: tuple[Way, ...] = ("direct",) if rights.stats and not bar and access != "proxy" else ()
    proxied: tuple[Way, ...] = ("proxy",) if rights.proxy and access != "direct" else ()
    return (*direct, *proxied)


def barred(target: Target, credential: Credential, rights: Rights, access: KubeletAccess, *, insecure: bool) -> str:
    """Why a credential is not shown to kubelets, as the end of a sentence; empty where it may be."""
    authorization = credential.authorization.reveal() if credential.authorization else ""
    verified = bool(target.trust.ca) and not target.trust.insecure
    bars = (
        (target.impersonate, "the kubeconfig impersonates another user, of which kubelets know nothing"),
        (target.proxy, "the cluster is reached through a proxy"),
        (not authorization and not credential.certificate, "the kubeconfig has no credentials"),
        (authorization.startswith("Basic "), "kubelets take no passwords"),
        (not verified and not insecure, "the kubeconfig has no certificate authority to verify kubelets by"),
        (
            authorization and rights.proxy and access == "auto",
            "its token may use nodes/proxy, which a node that was taken over could turn against all others",
        ),
    )
    return next((why for is_so, why in bars if is_so), "")


def address(kubelet: Kubelet) -> str:
    """``https://ADDRESS:PORT``; empty where the node's status does not name an IP address and a port."""
    try:
        found = ipaddress.ip_address(kubelet.address)
    except ValueError:
        return ""
    if not 0 < kubelet.port < 65_536:
        return ""
    host = f"[{found}]" if found.version == 6 else str(found)
    return f"https://{host}:{kubelet.port}"
