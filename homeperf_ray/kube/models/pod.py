"""Pods."""

from __future__ import annotations

from datetime import datetime

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta


class Waiting(Model):
    reason: str | None = None
    message: str | None = None


class Terminated(Model):
    reason: str | None = None
    message: str | None = None
    exit_code: int | None = None
    finished_at: datetime | None = None


class Running(Model):
    started_at: datetime | None = None


class ContainerState(Model):
    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(Model):
    name: str = ""
    ready: bool | None = None
    restart_count: int | None = None
    state: ContainerState | None = None
    last_state: ContainerState | None = None


class Container(Model):
    name: str = ""
    restart_policy: str | None = None


class Volume(Model):
    persistent_volume_claim: ClaimSource | None = None


class ClaimSource(Model):
    claim_name: str = ""


class PodSpec(Model):
    node_name: str | None = None
    init_containers: list[Container] | None = None
    volumes: list[Volume] | None = None


class PodStatus(Model):
    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    start_time: datetime | None = None
    conditions: list[Condition] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None


class Pod(Model):
    metadata: ObjectMeta
    spec: PodSpec | None = None
    status: PodStatus | None = None
