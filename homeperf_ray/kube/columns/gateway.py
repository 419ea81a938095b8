"""Columns of Gateways (conditions, listeners that do not work, certificates that are named) and of HTTPRoutes."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from homeperf_ray.kube.columns.kind import FLAG, NUMBER, TEXT, TIME, WORD, TableKind, brief
from homeperf_ray.kube.models.gateway import (
    Gateway,
    GatewaySpec,
    GatewayStatus,
    HttpRoute,
    HttpRouteSpec,
    Listener,
    ListenerStatus,
)
from homeperf_ray.kube.models.meta import Condition, condition

BAD_LISTENERS = (("Conflicted", "True"), ("ResolvedRefs", "False"), ("Accepted", "False"), ("Detached", "True"))
"""Conditions of a listener, and the status that is bad. The first that holds explains the others."""

_EARLIER = {"Accepted": "Scheduled", "Programmed": "Ready"}
"""What the conditions were called before v1."""

FAULT = pa.struct([("listener", TEXT), ("condition", TEXT), ("reason", TEXT), ("message", TEXT), ("since", TEXT)])
"""``since`` is RFC 3339: a struct's times are not parsed by Arrow."""
LISTENER = pa.struct([("name", TEXT), ("hostname", TEXT), ("port", NUMBER), ("protocol", TEXT), ("passthrough", FLAG)])
PARENT = pa.struct([("namespace", TEXT), ("name", TEXT), ("section", TEXT), ("port", NUMBER)])
TLS = pa.struct([("listener", TEXT), ("hosts", pa.list_(TEXT)), ("namespace", TEXT), ("secret", TEXT)])


def _gateway(item: Gateway) -> tuple[Any, ...]:
    meta, spec, status = item.metadata, item.spec or GatewaySpec(), item.status or GatewayStatus()
    return (
        meta.namespace,
        meta.name or "",
        meta.creation_timestamp,
        spec.gateway_class_name,
        *_condition(status, "Accepted"),
        *_condition(status, "Programmed"),
        any(address.value for address in status.addresses or ()),
        [fault for listener in status.listeners or () for fault in _faults(listener)],
        [named for listener in spec.listeners or () for named in _certificates(listener, meta.namespace)],
        [_listener(listener) for listener in spec.listeners or ()],
        [address.value for address in status.addresses or () if address.value],
    )


def _listener(listener: Listener) -> dict[str, Any]:
    return {
        "name": listener.name,
        "hostname": listener.hostname,
        "port": listener.port,
        "protocol": listener.protocol,
        "passthrough": listener.tls is not None and listener.tls.mode == "Passthrough",
    }


def _condition(status: GatewayStatus, kind: str) -> tuple[str | None, ...]:
    found = condition(status.conditions, kind) or condition(status.conditions, _EARLIER[kind]) or Condition()
    return found.status, found.reason, brief(found.message), found.last_transition_time


def _faults(listener: ListenerStatus) -> list[dict[str, str | None]]:
    """At most one: what is worst about a listener."""
    for kind, bad in BAD_LISTENERS:
        found = condition(listener.conditions, kind)
        if found and found.status == bad:
            return [
                {
                    "listener": listener.name,
                    "condition": kind,
                    "reason": found.reason,
                    "message": brief(found.message),
                    "since": found.last_transition_time,
                }
            ]
    return []


def _certificates(listener: Listener, namespace: str | None) -> list[dict[str, Any]]:
    """The Secrets of a listener that ends TLS."""
    tls = listener.tls
    if tls is None or tls.mode == "Passthrough":
        return []
    hosts = [listener.hostname] if listener.hostname else []
    return [
        {"listener": listener.name, "hosts": hosts, "namespace": named.namespace or namespace, "secret": named.name}
        for named in tls.certificate_refs or ()
        if named.name and named.kind in (None, "", "Secret")
    ]


GATEWAY = TableKind(
    "Gateway",
    Gateway,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("created", TIME),
        ("gateway_class", WORD),
        ("accepted", WORD),
        ("accepted_reason", WORD),
        ("accepted_message", TEXT),
        ("accepted_since", TIME),
        ("programmed", WORD),
        ("programmed_reason", WORD),
        ("programmed_message", TEXT),
        ("programmed_since", TIME),
        ("has_address", FLAG),
        ("faults", pa.list_(FAULT)),
        ("tls", pa.list_(TLS)),
        ("listeners", pa.list_(LISTENER)),
        ("addresses", pa.list_(TEXT)),
    ),
    _gateway,
)


def _route(item: HttpRoute) -> tuple[Any, ...]:
    """``path`` is the first that is written out: ``/`` where there is none, since a pattern is no path."""
    meta, spec = item.metadata, item.spec or HttpRouteSpec()
    matches = [one.path for rule in spec.rules or () for one in rule.matches or () if one.path]
    paths = [one.value for one in matches if one.value and one.type != "RegularExpression"]
    parents = [
        {
            "namespace": one.namespace or meta.namespace,
            "name": one.name,
            "section": one.section_name,
            "port": one.port,
        }
        for one in spec.parent_refs or ()
        if one.kind in (None, "Gateway")
    ]
    return meta.namespace, meta.name or "", list(spec.hostnames or ()), parents, paths[0] if paths else "/"


HTTP_ROUTE = TableKind(
    "HTTPRoute",
    HttpRoute,
    (
        ("namespace", WORD),
        ("name", TEXT),
        ("hosts", pa.list_(TEXT)),
        ("parents", pa.list_(PARENT)),
        ("path", TEXT),
    ),
    _route,
)
