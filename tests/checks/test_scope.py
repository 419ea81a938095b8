"""The namespaces that the user named."""

from homeperf_ray.checks.registry import by_name
from homeperf_ray.checks.snapshot import Snapshot
from homeperf_ray.checks.thresholds import Thresholds
from homeperf_ray.kube.resources import NAMESPACES
from tests.checks.judging import NOW, meta, snapshot


def judge(names, *known):
    there = [{"metadata": meta(name, ""), "status": {"phase": "Active"}} for name in known]
    return by_name("scope").evaluate(snapshot({NAMESPACES: there}, names), Thresholds())


def test_namespaces_that_exist_are_well():
    judgement = judge(("media", "default"), "media", "default", "kube-system")
    assert (judgement.examined, judgement.findings) == (2, ())


def test_a_misspelt_namespace_offers_the_nearest():
    [finding] = judge(("medai",), "media", "default").findings
    assert (finding.code, finding.severity, finding.domain) == ("HP004", "error", "cluster")
    assert finding.message == "there is no namespace medai; did you mean media?"


def test_nothing_near_is_offered_for_something_else():
    assert judge(("zzz",), "media").findings[0].message == "there is no namespace zzz"


def test_who_may_not_list_namespaces_is_not_told_that_they_are_absent():
    judgement = by_name("scope").evaluate(Snapshot({}, NOW, ("media",)), Thresholds())
    assert (judgement.examined, judgement.findings) == (0, ())
