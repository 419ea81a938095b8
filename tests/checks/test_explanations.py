"""What the codes mean, at length: the form of every page."""

import re

import pytest

from homeperf_ray.checks.catalogue import catalogue, checks_of
from homeperf_ray.checks.explanation import explanations
from homeperf_ray.checks.registry import CODES
from homeperf_ray.checks.thresholds import LIMITS

EXPLAINED = list(CODES)


@pytest.mark.parametrize("code", EXPLAINED)
def test_every_code_is_explained(code):
    assert code in explanations()


@pytest.mark.parametrize("code", explanations())
def test_every_explanation_has_its_parts_in_their_order(code):
    told = explanations()[code]
    text = told.text
    assert 0 < text.index("Likely causes:\n\n- ") < text.index("To do:\n\n1. ")
    assert told.popeye.startswith(("POP-", "none"))
    assert told.popeye.endswith(".")
    assert text.count("`") % 2 == 0
    assert "\n\npopeye:" not in text


@pytest.mark.parametrize("code", explanations())
def test_it_names_only_codes_and_thresholds_that_there_are(code):
    told = explanations()[code]
    assert code in CODES
    assert set(re.findall(r"\bHP\d{3}\b", told.text + told.popeye)) <= set(CODES)
    endings = "|".join({name.rpartition("_")[2] for name in LIMITS})
    named = set(re.findall(rf"`([a-z]+(?:_[a-z]+)*_(?:{endings}))`", told.text))
    assert named <= set(LIMITS), named - set(LIMITS)


@pytest.mark.parametrize("code", EXPLAINED)
def test_it_names_every_threshold_that_decides(code):
    assert all(f"`{name}`" in explanations()[code].text for name in CODES[code].thresholds)


def test_the_catalogue_holds_every_code_once_in_order():
    listed = [code.id for codes in catalogue().values() for code in codes]
    assert sorted(listed) == sorted(CODES)
    assert all(list(codes) == sorted(codes, key=lambda code: code.id) for codes in catalogue().values())


def test_a_code_knows_its_checks():
    assert checks_of("HP229") == ("deployments", "statefulsets", "daemonsets")
    assert checks_of("HP001") == ()
