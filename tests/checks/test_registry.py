"""The registry: every check and every code, and what they promise."""

import re

import pytest

from homeperf_ray.checks.finding import DOMAINS
from homeperf_ray.checks.growth_codes import GROWTH_CODES
from homeperf_ray.checks.manifest_codes import MANIFEST_CODES
from homeperf_ray.checks.registry import CHECKS, CODES, by_domain, by_name
from homeperf_ray.checks.thresholds import LIMITS
from homeperf_ray.checks.unjudged import UNJUDGED_CODES
from homeperf_ray.kube.columns import schema
from homeperf_ray.kube.resources import ENDPOINT_SLICES, NODE_METRICS, NODES, PODS

FIRST_DIGIT = {"nodes": "1", "workloads": "2", "storage": "3", "network": "4", "flux": "5"}


def test_every_domain_has_checks_and_none_is_forgotten():
    assert {check.domain for check in CHECKS} == set(DOMAINS)
    assert by_domain(DOMAINS) == tuple(check for check in CHECKS if check.source == "lists")
    assert {check.name for check in by_domain(DOMAINS, "exec")} == {"ceph-inside"}
    assert {check.name for check in by_domain(DOMAINS, "probes")} == {"probes"}
    assert by_domain(()) == ()


def test_names_are_unique_and_found():
    names = [check.name for check in CHECKS]
    assert len(set(names)) == len(names)
    assert all(by_name(check.name) is check for check in CHECKS)
    with pytest.raises(KeyError):
        by_name("nonsense")


def test_a_code_means_one_thing_and_belongs_to_its_domain():
    meanings = {}
    for check in CHECKS:
        for code in check.codes:
            assert meanings.setdefault(code.id, code) == code
            assert re.fullmatch(rf"HP{FIRST_DIGIT[check.domain]}\d\d", code.id)
    others = {code.id for code in (*UNJUDGED_CODES, *GROWTH_CODES, *MANIFEST_CODES)}
    assert not meanings.keys() & others
    assert set(CODES) == meanings.keys() | others
    assert all(re.fullmatch(r"HP3\d\d", code.id) for code in GROWTH_CODES)
    assert all(re.fullmatch(r"HP9\d\d", code.id) for code in MANIFEST_CODES)


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.id)
def test_a_code_says_what_it_means_and_what_to_do(code):
    assert code.title
    assert code.hint
    assert set(re.findall(r"{(\w+)}", code.hint)) <= {"namespace", "name", "kind", "part"}
    assert set(code.thresholds) <= set(LIMITS)


def test_what_cannot_be_judged_is_an_error_and_nothing_else_is():
    errors = {code.id for code in CODES.values() if code.severity == "error"}
    assert errors == {"HP001", "HP002", "HP003", "HP004", "HP331", "HP499", "HP903"}


def test_every_threshold_belongs_to_a_code():
    assert {name for code in CODES.values() for name in code.thresholds} == set(LIMITS)


def test_every_need_has_columns():
    for check in CHECKS:
        assert bool(check.needs) == (check.source in {"lists", "kubelet"})
        for resource in (*check.needs, *check.optional):
            assert "name" in schema(resource).names


def test_nodes_need_little():
    asked = {resource for check in by_domain(["nodes"]) for resource in (*check.needs, *check.optional)}
    assert asked == {NODES, PODS, NODE_METRICS, ENDPOINT_SLICES}


def test_what_splits_is_namespaced_and_not_about_the_whole_cluster():
    for check in CHECKS:
        assert not (check.splits and check.whole_cluster)
        assert not check.splits or "namespace" in schema(check.needs[0]).names
