"""Revisions that were fetched and not applied."""

import pytest

from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import GIT_REPOSITORIES, KUSTOMIZATIONS, OCI_REPOSITORIES
from tests.checks.judging import DAY, HOUR, MINUTE, ago, judge
from tests.checks.test_flux import flux

OLD, NEW = "main@sha1:1", "main@sha1:2"


def source(revision=NEW, *, since=3 * HOUR, name="flux-system"):
    one = flux(name)
    one["status"]["artifact"] = {"revision": revision, "lastUpdateTime": ago(since)}
    return one


def made_of(kind="GitRepository", name="flux-system", *, applied=OLD, namespace=None, **options):
    reference = {"kind": kind, "name": name, **({"namespace": namespace} if namespace else {})}
    one = flux(sourceRef=reference, **options)
    one["status"]["lastAppliedRevision"] = applied
    return one


def revisions(one, *sources, resource=GIT_REPOSITORIES, thresholds=None):
    return judge("revisions", {KUSTOMIZATIONS: [one], resource: sources}, thresholds)


@pytest.mark.parametrize("resource", [GIT_REPOSITORIES, OCI_REPOSITORIES])
def test_one_that_is_behind(resource):
    kind = "GitRepository" if resource is GIT_REPOSITORIES else "OCIRepository"
    [finding] = revisions(made_of(kind), source(), resource=resource).findings
    assert (finding.code, finding.object) == ("HP508", "Kustomization/apps")
    assert finding.message == f"{kind} flux-system has had {NEW} for 3h; applied is {OLD}"


@pytest.mark.parametrize(
    ("one", "there"),
    [
        (made_of(applied=NEW), source()),
        (made_of(), source(since=HOUR)),
        (made_of(interval="4h"), source()),
        (made_of(suspend=True), source()),
        (made_of(ready="False"), source()),
        (made_of(applied=None), source()),
        (made_of(kind="ExternalArtifact"), source()),
        (made_of(namespace="other"), source()),
        (made_of(), source(revision=None)),
    ],
    ids=["same", "soon", "interval", "suspended", "not ready", "never", "kind", "elsewhere", "nothing fetched"],
)
def test_those_that_are_not(one, there):
    assert revisions(one, there).findings == ()


def test_another_limit_for_one():
    patient = Thresholds(overrides=(Override(object="Kustomization/apps", limits=(("flux_stale", DAY),)),))
    assert revisions(made_of(interval="1m"), source(), thresholds=patient).findings == ()
    assert revisions(made_of(interval="1m"), source(since=30 * MINUTE)).findings != ()
