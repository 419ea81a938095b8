"""Nodes and namespaces."""

from __future__ import annotations

from homeperf_ray.kube.models.meta import Condition, Model, ObjectMeta


class NodeSpec(Model):
    unschedulable: bool | None = None


class NodeStatus(Model):
    conditions: list[Condition] | None = None


class Node(Model):
    metadata: ObjectMeta
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


class NamespaceStatus(Model):
    phase: str | None = None


class Namespace(Model):
    metadata: ObjectMeta
    status: NamespaceStatus | None = None
