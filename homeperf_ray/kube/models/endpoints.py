"""EndpointSlices, in v1 and v1beta1, and the Endpoints that older servers have."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Model, ObjectMeta


class SliceLabels(Model, rename={"service": "kubernetes.io/service-name"}):
    service: str | None = None


class SliceMeta(ObjectMeta):
    labels: SliceLabels | None = None


class EndpointConditions(Model):
    ready: bool | None = None


class Endpoint(Model):
    """One that says nothing of its readiness is to be taken for ready."""

    addresses: list[str] | None = None
    conditions: EndpointConditions | None = None

    @property
    def ready(self) -> bool:
        return self.conditions is None or self.conditions.ready is not False


class EndpointPort(Model):
    port: int | None = None


class EndpointSlice(Model):
    metadata: SliceMeta
    address_type: str | None = None
    endpoints: list[Endpoint] | None = None
    ports: list[EndpointPort] | None = None


class EndpointAddress(Model):
    ip: str | None = None


class EndpointSubset(Model):
    addresses: list[EndpointAddress] | None = None
    not_ready_addresses: list[EndpointAddress] | None = None
    ports: list[EndpointPort] | None = None


class Endpoints(Model):
    metadata: ObjectMeta
    subsets: list[EndpointSubset] | None = None
