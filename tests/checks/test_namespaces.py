"""Namespaces that end, or do not."""

from homeperf_ray.checks.registry import by_name
from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.kube.resources import NAMESPACES
from tests.checks.judging import DAY, MINUTE, ago, condition, found, judge, meta, snapshot


def namespace(name="media", *, ending=None, says=()):
    one = {"metadata": meta(name, ""), "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
    if ending is not None:
        one["metadata"]["deletionTimestamp"] = ago(ending)
        one["status"] = {"phase": "Terminating", "conditions": list(says)}
    return one


SAYS = (
    condition("NamespaceDeletionDiscoveryFailure", "False", message="All resources successfully discovered"),
    condition("NamespaceFinalizersRemaining", "True", message="Some content has finalizers remaining"),
)


def test_namespaces_that_live_or_are_about_to_end():
    judgement = judge("namespaces", {NAMESPACES: [namespace(), namespace("going", ending=MINUTE)]})
    assert (judgement.examined, judgement.findings) == (2, ())


def test_one_that_does_not_end_says_what_is_in_the_way():
    [finding] = judge("namespaces", {NAMESPACES: [namespace(ending=3 * DAY, says=SAYS)]}).findings
    assert (finding.code, finding.namespace, finding.object) == ("HP241", "", "Namespace/media")
    assert finding.message == "was deleted 3d ago: Some content has finalizers remaining"


def test_only_those_that_were_named_are_judged():
    items = [namespace("a", ending=DAY), namespace("b", ending=DAY)]
    judgement = by_name("namespaces").evaluate(snapshot({NAMESPACES: items}, ("b",)), Thresholds())
    assert (judgement.examined, found(judgement)) == (1, {"Namespace/b": ["HP241"]})


def test_another_limit_for_a_namespace():
    patient = Thresholds(overrides=(Override(namespace="lab-*", limits=(("namespace_grace", 2 * DAY),)),))
    items = [namespace("lab-1", ending=DAY), namespace("b", ending=DAY)]
    assert found(judge("namespaces", {NAMESPACES: items}, patient)) == {"Namespace/b": ["HP241"]}
