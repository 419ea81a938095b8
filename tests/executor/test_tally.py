from datetime import date

import pytest

from homeperf_ray.checks.finding import Finding, Judgement
from homeperf_ray.checks.suppression import Suppression
from homeperf_ray.executor.tally import tally_of

TODAY = date(2026, 11, 23)


def finding(code="HP301", severity="critical", name="PersistentVolumeClaim/x", namespace="media"):
    return Finding(code, severity, "storage", namespace, name, "m", "h")


def tally(*findings, suppressions=(), unread=()):
    return tally_of([Judgement("claims", 5, tuple(findings))], unread, suppressions, TODAY)


def test_an_object_whose_findings_are_all_hidden_counts_as_healthy():
    found = tally(finding(), suppressions=[Suppression(code="HP301")])
    assert (found.summary.total, found.summary.healthy, found.findings) == (5, 5, [])
    assert found.suppressed == [finding()]


def test_an_object_counts_by_the_worst_of_what_is_shown():
    found = tally(finding(), finding("HP302", "warning"), suppressions=[Suppression(code="HP301")])
    assert (found.summary.warnings, found.summary.critical, found.summary.healthy) == (1, 0, 4)


@pytest.mark.parametrize(
    ("suppression", "hidden"),
    [
        (Suppression(code="HP3*"), True),
        (Suppression(namespace="media", object="PersistentVolumeClaim/x"), True),
        (Suppression(object="*/y"), False),
        (Suppression(namespace="Media"), False),
        (Suppression(code="HP301", until=TODAY), True),
        (Suppression(code="HP301", until=date(2026, 11, 22)), False),
    ],
)
def test_a_suppression_is_about_what_it_matches_until_its_day_has_passed(suppression, hidden):
    assert bool(tally(finding(), suppressions=[suppression]).suppressed) is hidden


def test_what_could_not_be_read_can_be_suppressed_and_the_sum_still_holds():
    unread = [finding("HP001", "error", "nodes", "")]
    shown = tally(finding(), unread=unread).summary
    assert (shown.errors, shown.total) == (1, 6)
    hidden = tally(finding(), unread=unread, suppressions=[Suppression(code="HP001")]).summary
    assert (hidden.errors, hidden.total) == (0, 5)
    for summary in (shown, hidden):
        assert summary.total == summary.healthy + summary.warnings + summary.critical + summary.errors
