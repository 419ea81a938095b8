"""Flux: sources, Kustomizations, HelmReleases."""

import pytest

from homeperf_ray.checks.flux import FLUX_KINDS
from homeperf_ray.kube.resources import (
    BUCKETS,
    GIT_REPOSITORIES,
    HELM_RELEASES,
    HELM_REPOSITORIES,
    KUSTOMIZATIONS,
)
from tests.checks.judging import DAY, HOUR, MINUTE, condition, found, judge, meta


def flux(
    name="apps",
    ready="True",
    *,
    reason="ReconciliationSucceeded",
    message="Applied revision: main@sha1:1",
    since=HOUR,
    age=30 * DAY,
    generation=3,
    observed=3,
    stalled=False,
    **spec,
):
    conditions = [condition("Ready", ready, age=since, reason=reason, message=message)]
    if stalled:
        conditions.append(condition("Stalled", "True", age=since, reason=reason, message=message))
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": meta(name, "flux-system", age=age, generation=generation),
        "spec": {"interval": "1h", **spec},
        "status": {"observedGeneration": observed, "conditions": conditions, "lastAppliedRevision": "main@sha1:1"},
    }


def sick(check, resource, *items):
    judgement = judge(check, {resource: list(items)})
    assert judgement.examined == len(items)
    return found(judgement)


@pytest.mark.parametrize("kind", FLUX_KINDS, ids=lambda kind: kind.resource.plural)
def test_every_kind_is_judged_by_its_readiness(kind):
    judgement = judge(
        kind.resource.plural,
        {kind.resource: [flux(), flux("bad", "False", reason="BuildFailed", message="no such file")]},
    )
    [finding] = judgement.findings
    assert finding.code == kind.failing.id
    assert finding.object.endswith("/bad")
    assert finding.message == "not ready for 60m: BuildFailed: no such file"
    assert finding.hint == f"flux -n flux-system reconcile {kind.command} bad"


def test_what_waits_for_a_dependency_is_a_warning_so_that_the_cause_stands_out():
    waiting = flux("late", "False", reason="DependencyNotReady", message="dependency 'apps' is not ready")
    assert sick("kustomizations", KUSTOMIZATIONS, flux("apps", "False"), waiting) == {
        "Kustomization/apps": ["HP502"],
        "Kustomization/late": ["HP506"],
    }


def test_suspended_objects_are_warnings_that_say_how_to_resume():
    judgement = judge("helmreleases", {HELM_RELEASES: [flux(suspend=True), flux("off", "False", suspend=True)]})
    assert found(judgement) == {"HelmRelease/apps": ["HP504"], "HelmRelease/off": ["HP504"]}
    assert judgement.findings[0].hint == "flux -n flux-system resume helmrelease apps"
    assert "not ready" in judgement.findings[1].message


def test_a_stalled_object_is_said_to_be_stalled():
    judgement = judge("gitrepositories", {GIT_REPOSITORIES: [flux(ready="False", stalled=True, reason="InvalidURL")]})
    assert found(judgement) == {"GitRepository/apps": ["HP501"]}
    assert judgement.findings[0].message.startswith("stalled for 60m")


@pytest.mark.parametrize(("since", "expected"), [(10 * MINUTE, {}), (HOUR, {"Kustomization/apps": ["HP507"]})])
def test_work_may_take_a_while(since, expected):
    assert sick("kustomizations", KUSTOMIZATIONS, flux(ready="Unknown", reason="Progressing", since=since)) == expected


@pytest.mark.parametrize("status", [None, {}, {"conditions": None}, {"observedGeneration": -1}])
def test_an_object_that_nobody_looks_at(status):
    new, old = flux("new", age=MINUTE) | {"status": status}, flux("old") | {"status": status}
    assert sick("kustomizations", KUSTOMIZATIONS, new, old) == {"Kustomization/old": ["HP507"]}


def test_an_oci_helm_repository_has_no_status_and_is_well():
    static = flux(type="oci") | {"status": {}}
    assert sick("helmrepositories", HELM_REPOSITORIES, static) == {}
    assert sick("helmrepositories", HELM_REPOSITORIES, flux(type="default") | {"status": {}}) == {
        "HelmRepository/apps": ["HP507"]
    }


def test_a_change_that_was_not_looked_at():
    judgement = judge("kustomizations", {KUSTOMIZATIONS: [flux(generation=5, observed=4), flux("b")]})
    assert found(judgement) == {"Kustomization/apps": ["HP505"]}
    assert "generation 4 of 5" in judgement.findings[0].message


def test_buckets_are_served_or_not_on_their_own():
    assert sick("buckets", BUCKETS, flux()) == {}
