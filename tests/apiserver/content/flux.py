"""Flux: sources, Kustomizations and HelmReleases in every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.apiserver.content.made import HOURS, YOUNG, Made, ago, condition, make
from tests.apiserver.content.workloads import deployment
from tests.apiserver.crds import FLUX, GIT_REPOSITORY, HELM_RELEASE, HELM_REPOSITORY, KUSTOMIZATION, Definition

READY = condition("Ready", "True", "ReconciliationSucceeded", "Applied revision: main@sha1:8a6b1c")
FAILED = condition("Ready", "False", "BuildFailed", "kustomization.yaml: no such file or directory")
WAITS = condition("Ready", "False", "DependencyNotReady", "dependency 'flux-system/infra' is not ready")
AT_WORK = condition("Ready", "Unknown", "Progressing", "Reconciliation in progress")
STALLED = condition("Stalled", "True", "RetriesExceeded", "Failed to install after 3 attempts")


def flux(namespace: str) -> Iterator[Made]:
    """Controllers in every state, of one only its role is left; a good and a bad one of each kind; Kustomizations in
    all other states."""
    for controller, replicas, available, codes in (
        ("source-controller", 1, 1, ()),
        ("helm-controller", 1, 0, ("HP221", "HP509")),
        ("notification-controller", 2, 1, ("HP222", "HP510")),
    ):
        yield deployment(controller, namespace, replicas, available=available, codes=codes,
                         labels={"app.kubernetes.io/part-of": "flux"},
                         image=f"ghcr.io/fluxcd/{controller}:v1.4.1")  # fmt: skip
    yield make("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", "kustomize-controller",
               body={"rules": []}, codes=("HP511",),
               about="CustomResourceDefinition/kustomizations.kustomize.toolkit.fluxcd.io")  # fmt: skip
    fetched = {"artifact": {"revision": "main@sha1:2", "lastUpdateTime": ago(HOURS)}}
    made_of = {"sourceRef": {"kind": "GitRepository", "name": "ahead"}}
    yield _object(GIT_REPOSITORY, "ahead", namespace, READY, told=fetched)
    yield _object(KUSTOMIZATION, "behind", namespace, READY, spec=made_of,
                  told={"lastAppliedRevision": "main@sha1:1"}, codes=("HP508",))  # fmt: skip
    yield _object(KUSTOMIZATION, "up-to-date", namespace, READY, spec=made_of,
                  told={"lastAppliedRevision": "main@sha1:2"})  # fmt: skip
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
    told: dict[str, Any] | None = None,
    **made: Any,
) -> Made:
    status = {"observedGeneration": 1, "conditions": list(conditions), **(told or {})} if conditions else {}
    body = {"spec": {"interval": "10m", "prune": True, **(spec or {})}}
    return make(definition.api, definition.plural, definition.kind, name, namespace,
                body=body, status=status, **made)  # fmt: skip
