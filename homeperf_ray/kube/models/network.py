"""Ingresses, their classes, and Services."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Model, ObjectMeta


class IngressClassSpec(Model):
    controller: str | None = None


class IngressClass(Model):
    metadata: ObjectMeta
    spec: IngressClassSpec | None = None


class IngressSpec(Model):
    ingress_class_name: str | None = None


class LoadBalancerAddress(Model):
    ip: str | None = None
    hostname: str | None = None


class LoadBalancer(Model):
    ingress: list[LoadBalancerAddress] | None = None


class LoadBalancerStatus(Model):
    load_balancer: LoadBalancer | None = None


class Ingress(Model):
    metadata: ObjectMeta
    spec: IngressSpec | None = None
    status: LoadBalancerStatus | None = None


class ServiceSpec(Model):
    type: str | None = None


class Service(Model):
    metadata: ObjectMeta
    spec: ServiceSpec | None = None
    status: LoadBalancerStatus | None = None
