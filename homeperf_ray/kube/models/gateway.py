"""Gateways and HTTPRoutes of the Gateway API, in any version since v1beta1."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta


class SecretReference(Model):
    """What a listener names as its certificate; another kind than a Secret is possible."""

    kind: str | None = None
    namespace: str | None = None
    name: str | None = None


class ListenerTls(Model):
    mode: str | None = None
    certificate_refs: list[SecretReference] | None = None


class Listener(Model):
    name: str | None = None
    hostname: str | None = None
    port: int | None = None
    protocol: str | None = None
    tls: ListenerTls | None = None


class GatewaySpec(Model):
    gateway_class_name: str | None = None
    listeners: list[Listener] | None = None


class GatewayAddress(Model):
    value: str | None = None


class ListenerStatus(Model):
    name: str | None = None
    conditions: list[Condition] | None = None


class GatewayStatus(Model):
    addresses: list[GatewayAddress] | None = None
    conditions: list[Condition] | None = None
    listeners: list[ListenerStatus] | None = None


class Gateway(Model):
    metadata: ObjectMeta
    spec: GatewaySpec | None = None
    status: GatewayStatus | None = None


class ParentReference(Model):
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    section_name: str | None = None
    port: int | None = None


class PathMatch(Model):
    type: str | None = None
    value: str | None = None


class HttpRouteMatch(Model):
    path: PathMatch | None = None


class HttpRouteRule(Model):
    matches: list[HttpRouteMatch] | None = None


class HttpRouteSpec(Model):
    parent_refs: list[ParentReference] | None = None
    hostnames: list[str] | None = None
    rules: list[HttpRouteRule] | None = None


class HttpRoute(Model):
    metadata: ObjectMeta
    spec: HttpRouteSpec | None = None
