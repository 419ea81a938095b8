from datetime import UTC, datetime, timedelta

import pytest

from homeperf_ray.checks.finding import Code, Finding
from homeperf_ray.executor.look import MAX_CHARACTERS, Look, Looked, looks_at, with_detail
from homeperf_ray.kube.evidence import Event
from homeperf_ray.kube.redaction import redacted

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CODES = {
    "HP1": Code("HP1", "t", "critical", "h", aid=("events", "logs")),
    "HP2": Code("HP2", "t", "warning", "h", aid=("events",)),
    "HP3": Code("HP3", "t", "warning", "h"),
}


def finding(code: str, name: str, namespace: str = "a", part: str = "") -> Finding:
    return Finding(code, "warning", "workloads", namespace, f"Pod/{name}", "m", "h", part)


def test_one_of_each_kind_comes_before_a_second_of_any():
    findings = [finding("HP1", "x", part="app"), finding("HP1", "y"), finding("HP2", "z"), finding("HP3", "w")]
    looks = looks_at(findings, CODES, 2)
    assert looks == (Look("Pod", "a", "x", "app", ("events", "logs")), Look("Pod", "a", "z", "", ("events",)))
    assert len(looks_at(findings, CODES, 10)) == 3
    assert looks_at(findings, CODES, 0) == ()


def test_details_reach_the_finding_that_asked_for_them_once():
    first, other = finding("HP1", "x", part="app"), finding("HP3", "x", part="sidecar")
    look = looks_at([first], CODES, 1)[0]
    event = Event("BackOff", "restarting\nfailed container", 7, NOW - timedelta(minutes=5))
    looked = Looked(look=look, events=(event,), log=("panic: no disk",))
    shown = with_detail([first, other, first], [looked], NOW)
    assert shown[0].detail == (
        "event: BackOff (7 times, last 5m ago): restarting failed container",
        "log: panic: no disk",
    )
    assert shown[1].detail == shown[2].detail == ()


def test_a_line_is_bounded():
    look = Look("Pod", "a", "x")
    assert all(len(line) <= MAX_CHARACTERS for line in Looked(look=look, log=("x" * 5000,)).lines(NOW))


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("connecting to postgres://app:hunter2@db:5432/x", "hunter2"),
        ("Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
        ("DB_PASSWORD=hunter2 rest", "hunter2"),
        ('{"apiKey": "hunter2hunter2", "x": 1}', "hunter2"),
        ("token: 'hunter2 with spaces'", "hunter2"),
        ("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "eyJzdWIi"),
        ("-----BEGIN RSA PRIVATE KEY-----MIIEow", "MIIEow"),
        ("pushed with ghp_0123456789abcdefghij", "0123456789"),
        ("SECRET_KEY = hunter2", "hunter2"),
        ("server --admin-password hunter2 --port 80", "hunter2"),
        ("cloning https://git:hun@ter2@git.lan/x", "ter2"),
    ],
)
def test_what_looks_like_a_secret_is_masked(line, secret):
    assert secret not in redacted(line)
    assert "***" in redacted(line)


@pytest.mark.parametrize(
    "line",
    [
        "panic: no such file /etc/passwd",
        "http://host:8080/path?x=1",
        "error: 503",
        "basic checks passed",
        f"Failed to pull docker.io/library/nginx@sha256:{'0123456789' * 6}0123",
    ],
)
def test_ordinary_lines_stay_as_they_are(line):
    assert redacted(line) == line
