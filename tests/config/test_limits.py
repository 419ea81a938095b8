"""Thresholds, overrides and suppressions in the file."""

from datetime import date

import pytest

from homeperf_ray.checks.registry import CODES
from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.checks.thresholds import Override
from homeperf_ray.config.error import ConfigurationError
from tests.config.loading import settings

CODE = max(CODES)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("pod_grace", "90", 90.0),
        ("pod_grace", "1h30m", 5400.0),
        ("out_of_memory_window", "2d", 172_800.0),
        ("ceph_nearfull", "80", 80.0),
        ("ceph_nearfull", "80.5%", 80.5),
        ("restarts_per_day", "0", 0.0),
    ],
)
def test_a_threshold_is_read_in_its_unit(tmp_path, name, text, value):
    found = settings(tmp_path, f"thresholds:\n  {name}: {text}\n")
    assert getattr(found.thresholds, name) == value
    assert found.limits[name].origin == f"file {tmp_path / 'config.yaml'}:2"


def test_the_profile_wins_and_its_lists_come_last(tmp_path):
    found = settings(
        tmp_path,
        f"""
thresholds: {{pod_grace: 1m, claim_grace: 2m}}
overrides:
  - {{namespace: media, thresholds: {{pod_grace: 5m}}}}
suppress:
  - {{code: {CODE}, until: 2027-01-31, reason: known}}
profiles:
  home:
    thresholds: {{pod_grace: 3m}}
    overrides:
      - {{object: "Pod/plex-*", class: slow, thresholds: {{pod_grace: 1h}}}}
    suppress:
      - namespace: test-*
""",
        profile="home",
    )
    thresholds = found.thresholds
    assert (thresholds.pod_grace, thresholds.claim_grace) == (180.0, 120.0)
    assert thresholds.overrides == (
        Override(namespace="media", limits=(("pod_grace", 300.0),)),
        Override(object="Pod/plex-*", storage_class="slow", limits=(("pod_grace", 3600.0),)),
    )
    assert found.suppressions == (
        Suppression(code=CODE, until=date(2027, 1, 31), reason="known"),
        Suppression(namespace="test-*"),
    )
    assert found.suppressed[1].origin.startswith("profile home (")
    assert found.warnings == ()


def test_empty_sections_are_empty(tmp_path):
    found = settings(tmp_path, "thresholds:\noverrides:\nsuppress:\nprofiles:\n")
    assert (found.overrides, found.suppressions) == ((), ())


def test_an_ended_suppression_is_a_warning(tmp_path):
    found = settings(tmp_path, f"suppress:\n- {{code: {CODE}, until: '2027-01-30'}}")
    assert found.warnings == (
        f"the suppression of {CODE} ended on 2027-01-30; findings show again (file {tmp_path / 'config.yaml'}:2)",
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("thresholds: {pod_grac: 1}", r"'pod_grac' is not a threshold. Did you mean 'pod_grace'\?"),
        ("thresholds: {pod_grace: 85%}", "'85%' is not a duration"),
        ("thresholds: {ceph_full: 10m}", "'10m' is not a number or a percentage"),
        ("thresholds: {ceph_full: -5}", "'-5' is not a number"),
        ("thresholds: {restarts_per_day: 5%}", "'5%' is not a number"),
        ("thresholds: {ceph_nearfull: 500%}", "more than 100%"),
        ("thresholds: {pod_grace: nan}", "'nan' is not a duration"),
        ("thresholds: 5", "must hold keys and values"),
        ("overrides: {namespace: a}", "must be a list"),
        ("overrides: [a]", "must hold keys and values"),
        ("overrides: [{thresholds: {pod_grace: 1}}]", "needs a namespace, a class or an object"),
        ("overrides: [{namespace: '*', thresholds: {pod_grace: 1}}]", "needs a namespace, a class or an object"),
        ("overrides: [{object: web, thresholds: {pod_grace: 1}}]", "must be Kind/name"),
        ("overrides: [{namespace: a}]", "changes no thresholds"),
        ("overrides: [{namespaces: a, thresholds: {pod_grace: 1}}]", "Did you mean 'namespace'"),
        ("suppress: [{reason: because}]", "would hide everything"),
        ("suppress: [{code: '*'}]", "would hide everything"),
        ("suppress: [{code: HP999}]", "no code 'HP999'"),
        ("suppress: [{code: 'HP8*'}]", "no code"),
        ("suppress: [{code: hp101}]", "Did you mean 'HP101'"),
        ("suppress: [{namespace: a, until: tomorrow}]", "'tomorrow' is not a day"),
        ("suppress: [{namespace: a, until: 2027-02-30}]", "'2027-02-30' is not a day"),
        ("suppress: [{namespace: a, until: 2027-01-31T00:00:00Z}]", "is not a day"),
        ("suppress: [{namespace: a, untl: 2027-01-31}]", "Did you mean 'until'"),
        ("suppress: [{namespace: ~}]", "has no value"),
        ("profiles: {p: {suppress: [{}]}}", "would hide everything"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, text, fault):
    with pytest.raises(ConfigurationError, match=rf"config.yaml:1: .*{fault}"):
        settings(tmp_path, text)
