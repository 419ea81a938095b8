"""Ingresses, their classes, and Services."""

from __future__ import annotations

import msgspec

from homeperf_ray.kube.models.meta import Model, ObjectMeta, OwnerReference


class IngressClassAnnotations(Model, rename={"default": "ingressclass.kubernetes.io/is-default-class"}):
    default: str | None = None


class IngressClassMeta(ObjectMeta):
    annotations: IngressClassAnnotations | None = None


class IngressClassSpec(Model):
    controller: str | None = None


class IngressClass(Model):
    metadata: IngressClassMeta
    spec: IngressClassSpec | None = None


class IngressAnnotations(Model, rename={"ingress_class": "kubernetes.io/ingress.class"}):
    ingress_class: str | None = None


class IngressMeta(ObjectMeta):
    annotations: IngressAnnotations | None = None


class ServicePortReference(Model):
    name: str | None = None
    number: int | None = None


class ServiceBackend(Model):
    name: str | None = None
    port: ServicePortReference | None = None


class Backend(Model):
    """``service`` in v1, the other two in v1beta1; none of them for a backend that is no Service."""

    service: ServiceBackend | None = None
    service_name: str | None = None
    service_port: int | str | None = None


class IngressPath(Model):
    path: str | None = None
    backend: Backend | None = None


class IngressHttp(Model):
    paths: list[IngressPath] | None = None


class IngressRule(Model):
    host: str | None = None
    http: IngressHttp | None = None


class IngressTls(Model):
    hosts: list[str] | None = None
    secret_name: str | None = None


class IngressSpec(Model):
    ingress_class_name: str | None = None
    default_backend: Backend | None = None
    backend: Backend | None = None
    rules: list[IngressRule] | None = None
    tls: list[IngressTls] | None = None


class Address(Model):
    ip: str | None = None
    hostname: str | None = None


class LoadBalancer(Model):
    ingress: list[Address] | None = None


class LoadBalancerStatus(Model):
    load_balancer: LoadBalancer | None = None

    @property
    def has_address(self) -> bool:
        return bool(self.load_balancer and self.load_balancer.ingress)

    @property
    def addresses(self) -> list[str]:
        """Addresses and host names, as they were given."""
        there = (self.load_balancer.ingress if self.load_balancer else None) or ()
        return [found for one in there if (found := one.ip or one.hostname)]


class Ingress(Model):
    metadata: IngressMeta
    spec: IngressSpec | None = None
    status: LoadBalancerStatus | None = None


class ServicePort(Model):
    name: str | None = None
    port: int | None = None
    node_port: int | None = None
    protocol: str | None = None


class ServiceSpec(Model):
    type: str | None = None
    selector: dict[str, str | None] | None = None
    ports: list[ServicePort] | None = None
    cluster_ip: str | None = msgspec.field(name="clusterIP", default=None)
    publish_not_ready_addresses: bool | None = None
    external_traffic_policy: str | None = None


class ServiceMeta(ObjectMeta):
    owner_references: list[OwnerReference] | None = None


class Service(Model):
    metadata: ServiceMeta
    spec: ServiceSpec | None = None
    status: LoadBalancerStatus | None = None
