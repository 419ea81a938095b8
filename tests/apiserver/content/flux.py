"""Flux: sources, Kustomizations and HelmReleases in every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import YOUNG, Made, condition, make
from tests.apiserver.content.workloads import deployment
from tests.apiserver.crds import FLUX, HELM_RELEASE, HELM_REPOSITORY, KUSTOMIZATION, Definition

READY = condition("Ready", "True", "ReconciliationSucceeded", "Applied revision: main@sha1:8a6b1c")
FAILED = condition("Ready", "False", "BuildFailed", "kustomization.yaml: no such file or directory")
WAITS = condition("Ready", "False", "DependencyNotReady", "dependency 'flux-system/infra' is not ready")
AT_WORK = condition("Ready", "Unknown", "Progressing", "Reconciliation in progress")
STALLED = condition("Stalled", "True", "RetriesExceeded", "Failed to install after 3 attempts")


def flux(namespace: str) -> Iterator[Made]:
    """The controllers, a good and a bad one of each kind, and Kustomizations in all other states."""
    for controller in ("source-controller", "kustomize-controller", "helm-controller", "notification-controller"):
        yield deployment(controller, namespace, 1, labels={"app.kubernetes.io/part-of": "flux"},
                         image=f"ghcr.io/fluxcd/{controller}:v1.4.1")  # fmt: skip
    for definition in FLUX:
        failing = {KUSTOMIZATION: "HP502", HELM_RELEASE: "HP503"}.get(definition, "HP501")
        yield _object(definition, "good", namespace, READY)
        yield _object(definition, "bad", namespace, FAILED, codes=(failing,))
    yield _object(KUSTOMIZATION, "suspended", namespace, READY, spec={"suspend": True}, codes=("HP504",))
    yield _object(KUSTOMIZATION, "changed", namespace, READY, change={"prune": False}, codes=("HP505",))
    yield _object(KUSTOMIZATION, "waits", namespace, WAITS, codes=("HP506",))
    yield _object(KUSTOMIZATION, "hangs", namespace, AT_WORK, codes=("HP507",))
    yield _object(KUSTOMIZATION, "overlooked", namespace, codes=("HP507",))
    yield _object(KUSTOMIZATION, "new", namespace, age=YOUNG)
    yield _object(HELM_RELEASE, "stalled", namespace, FAILED, STALLED, codes=("HP503",))
    yield _object(HELM_REPOSITORY, "static", namespace, spec={"type": "oci"})


def _object(
    definition: Definition,
    name: str,
    namespace: str,
    *conditions: dict[str, Any],
    spec: dict[str, Any] | None = None,
    **made: Any,
) -> Made:
    status = {"observedGeneration": 1, "conditions": list(conditions)} if conditions else {}
    body = {"spec": {"interval": "10m", "prune": True, **(spec or {})}}
    return make(definition.api, definition.plural, definition.kind, name, namespace,
                body=body, status=status, **made)  # fmt: skip
