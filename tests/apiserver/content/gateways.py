"""Gateways: one that works, and one for everything that can be wrong with one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import YOUNG, Made, condition, make
from tests.apiserver.crds import GATEWAY

ACCEPTED = condition("Accepted")
PROGRAMMED = condition("Programmed")
ADDRESS = {"addresses": [{"type": "IPAddress", "value": "192.168.1.30"}]}


def gateways(namespace: str) -> Iterator[Made]:
    yield _gateway("works", namespace, ACCEPTED, PROGRAMMED, listeners=[_listener("https", condition("ResolvedRefs"))])
    waiting = condition("Accepted", "Unknown", "Pending", "Waiting for controller")
    yield _gateway("nobodys", namespace, waiting, codes=("HP441",))
    refused = condition("Accepted", "False", "InvalidParameters", "no such parameters")
    yield _gateway("refused", namespace, refused, codes=("HP442",))
    broken = condition("Programmed", "False", "Invalid", "the proxy does not start")
    yield _gateway("broken", namespace, ACCEPTED, broken, codes=("HP443",))
    unresolved = _listener("https", condition("ResolvedRefs", "False", "InvalidCertificateRef", "no such Secret"))
    conflicting = _listener("other", condition("Conflicted", "True", "HostnameConflict"))
    yield _gateway("half", namespace, ACCEPTED, PROGRAMMED, listeners=[unresolved, conflicting],
                   codes=("HP444", "HP444"))  # fmt: skip
    homeless = condition("Programmed", "False", "AddressNotAssigned", "no address is free")
    yield _gateway("homeless", namespace, ACCEPTED, homeless, address=False, codes=("HP445",))
    yield _gateway("new", namespace, waiting, age=YOUNG)


def _listener(name: str, *conditions: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "attachedRoutes": 1, "conditions": list(conditions)}


def _gateway(
    name: str,
    namespace: str,
    *conditions: dict[str, Any],
    listeners: list[dict[str, Any]] | None = None,
    address: bool = True,
    **made: Any,
) -> Made:
    spec = {"gatewayClassName": "cilium", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}
    status = {"conditions": list(conditions), "listeners": listeners or [], **(ADDRESS if address else {})}
    return make(GATEWAY.api, GATEWAY.plural, GATEWAY.kind, name, namespace,
                body={"spec": spec}, status=status, **made)  # fmt: skip
