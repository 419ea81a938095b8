"""Who uses which TLS Secret, and for which host names: Ingresses and the listeners of Gateways."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.verdict import rows
from homeperf_ray.kube.resources import GATEWAYS, INGRESSES

Place = tuple[str, str]
"""Namespace and name."""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One Ingress, or one listener of a Gateway, and a Secret that it names for these ``hosts``."""

    kind: str
    namespace: str
    name: str
    created: datetime | None
    listener: str
    hosts: tuple[str, ...]
    secret: Place

    @property
    def row(self) -> dict[str, Any]:
        """What a finding about the user needs."""
        return {"namespace": self.namespace, "name": self.name}

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


def uses_of(snapshot: Snapshot) -> list[Use]:
    """Every use that could be seen, once a Secret and user."""
    return [*_by_ingresses(snapshot), *_by_gateways(snapshot)]


def _by_ingresses(snapshot: Snapshot) -> Iterator[Use]:
    """A TLS entry that names no hosts is for those of the rules, where it is the only one."""
    table = snapshot.get(INGRESSES)
    for row in rows(table, _named(table)) if table is not None else ():
        for entry in row["tls"]:
            alone = (row["hosts"] or []) if len(row["tls"]) == 1 else []
            yield _use("Ingress", row, row["namespace"], entry["secret"], entry["hosts"] or alone)


def _by_gateways(snapshot: Snapshot) -> Iterator[Use]:
    """A listener with several certificates picks one by name: together they must do."""
    table = snapshot.get(GATEWAYS)
    for row in rows(table, _named(table)) if table is not None else ():
        several = [entry["listener"] for entry in row["tls"]]
        for entry in row["tls"]:
            hosts = entry["hosts"] if several.count(entry["listener"]) == 1 else []
            yield _use("Gateway", row, entry["namespace"], entry["secret"], hosts, entry["listener"] or "")


def _named(table: pa.Table) -> pa.ChunkedArray:
    return pc.greater(pc.list_value_length(table["tls"]), 0)


def _use(
    kind: str, row: dict[str, Any], namespace: str | None, secret: str, hosts: list[str], listener: str = ""
) -> Use:
    return Use(
        kind=kind,
        namespace=row["namespace"] or "",
        name=row["name"],
        created=row["created"],
        listener=listener,
        hosts=tuple(hosts),
        secret=(namespace or "", secret),
    )


def covers(name: str, host: str) -> bool:
    """Whether a certificate's ``name`` is good for ``host``, as RFC 9525 has it.

    Case and a last dot mean nothing; ``*`` stands for exactly one label, the first; a host that is itself a wildcard
    needs the same wildcard. Addresses are equal whichever way they are written.
    """
    name, host = name.lower().removesuffix("."), host.lower().removesuffix(".")
    if name == host:
        return True
    if name.startswith("*."):
        first, _, rest = host.partition(".")
        return bool(first) and first != "*" and rest == name[2:] and not _is_address(host)
    return _is_address(name) and _is_address(host) and ip_address(name) == ip_address(host)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
