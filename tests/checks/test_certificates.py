"""cert-manager's Certificates, and how little is little."""

from datetime import timedelta

import pytest

from homeperf_ray.checks.expiry import urgency
from homeperf_ray.checks.thresholds import Limits, Override, Thresholds
from homeperf_ray.kube.resources import CERTIFICATES
from tests.checks.judging import DAY, HOUR, MINUTE, NOW, ago, condition, found, judge, meta


def certificate(
    name="web", *, left=60.0, life=90.0, ready="True", since=DAY, age=200 * DAY, renew=None, failures=0, failed=HOUR
):
    """``left`` and ``life`` are days; ``renew`` how many days before the end, a third of the life if not told."""
    status = {"conditions": [condition("Ready", ready, age=since, reason="R", message="m")] if ready else []}
    if left is not None:
        status |= {
            "notBefore": ago((life - left) * DAY),
            "notAfter": ago(-left * DAY),
            "renewalTime": ago(((life / 3 if renew is None else renew) - left) * DAY),
        }
    if failures:
        status |= {"failedIssuanceAttempts": failures, "lastFailureTime": ago(failed)}
        status["conditions"].append(condition("Issuing", "False", reason="Failed", message="acme: unauthorized"))
    spec = {"secretName": f"{name}-tls", "dnsNames": ["web.home.arpa"]}
    return {"metadata": meta(name, age=age), "spec": spec, "status": status}


def certificates(*items, thresholds=None):
    judgement = judge("certificates", {CERTIFICATES: items}, thresholds)
    assert judgement.examined == len(items)
    return judgement


@pytest.mark.parametrize(
    "well",
    [
        certificate(),
        certificate(left=30.1),
        certificate(left=29.999),  # due for a minute and a half
        certificate(left=14 / 24, life=1.0),
        certificate(left=4.0, life=6.0),
        certificate(left=11.0, life=90.0, renew=10.0),
        certificate(left=1.2, life=90.0, renew=1.0),
        certificate(left=None, ready="False", since=MINUTE),
        certificate(left=None, ready="", age=MINUTE),
        certificate(left=60.0, ready="False", since=MINUTE),
        certificate(failures=1, failed=MINUTE),
    ],
)
def test_what_is_issued_and_renewed_in_time_is_well(well):
    assert certificates(well).findings == ()


@pytest.mark.parametrize(
    ("sick", "code"),
    [
        (certificate(left=None, ready="False"), "HP451"),
        (certificate(left=None, ready=""), "HP451"),
        (certificate(left=-2.0, ready="False"), "HP452"),
        (certificate(left=-2.0), "HP452"),
        (certificate(left=6.9), "HP452"),
        (certificate(left=1 / 24, life=1.0), "HP452"),
        (certificate(left=0.4, life=90.0, renew=1.0), "HP452"),
        (certificate(left=100.0, life=90.0), "HP452"),  # valid in ten days
        (certificate(left=28.0), "HP453"),
        (certificate(left=7 / 24, life=1.0), "HP453"),
        (certificate(left=9.0, life=90.0, renew=10.0), "HP453"),
        (certificate(left=60.0, ready="False"), "HP454"),
        (certificate(left=50.0, life=365.0), "HP454"),
        (certificate(left=60.0, failures=3), "HP454"),
        (certificate(left=60.0, failures=1, failed=HOUR), "HP454"),
    ],
)
def test_one_fault_a_certificate(sick, code):
    assert found(certificates(sick, certificate("other"))) == {"Certificate/web": [code]}


def test_the_message_says_what_was_tried():
    [finding] = certificates(certificate(left=12.0, failures=5)).findings
    assert finding.message == (
        "expires in 12d; its renewal has been due for 18d; issuing failed 5 times, last 60m ago: acme: unauthorized"
    )


def test_other_limits_for_one_certificate():
    strict = Override(object="Certificate/web", limits=(("certificate_critical", 20.0),))
    lenient = Override(namespace="lab", limits=(("certificate_critical", 1.0), ("certificate_warning", 2.0)))
    items = [certificate(left=15.0, life=365.0), certificate("other", left=15.0)]
    items.append(certificate("lab", left=5.0))
    items[2]["metadata"]["namespace"] = "lab"
    judgement = certificates(*items, thresholds=Thresholds(overrides=(strict, lenient)))
    assert found(judgement) == {
        "Certificate/web": ["HP452"],
        "Certificate/other": ["HP453"],
        "Certificate/lab": ["HP454"],
    }


@pytest.mark.parametrize(
    ("life", "left", "expected"),
    [
        (365, 31, ""),
        (365, 29, "soon"),
        (365, 6.9, "now"),
        (90, 7.1, "soon"),
        (24 / 24, 9 / 24, ""),
        (24 / 24, 7 / 24, "soon"),
        (24 / 24, 1.9 / 24, "now"),
    ],
)
def test_a_certificate_that_nobody_renews_is_judged_by_its_life(life, left, expected):
    end = NOW + timedelta(days=left)
    assert urgency(NOW, Limits(), not_before=end - timedelta(days=life), not_after=end)[0] == expected


def test_without_dates_there_is_nothing_to_say():
    assert urgency(NOW, Limits(), not_before=None, not_after=None) == ("", "")
    assert urgency(NOW, Limits(), not_before=None, not_after=NOW) == ("now", "expired 0s ago")
