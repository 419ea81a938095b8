"""Every answer that an HTTP server can give, right and wrong."""

from __future__ import annotations

import pytest

from homeperf_ray.probes.exchange import MAX_BODY
from homeperf_ray.probes.probe import HttpProbe
from tests.probes.lab import HOST, Lab


@pytest.mark.parametrize("tls", [True, False])
async def test_a_right_answer_has_its_status_and_all_its_phases(lab: Lab, tls: bool):
    probe = lab.https() if tls else lab.http()
    outcome = await lab.probe(probe)
    phases = outcome.phases
    assert (outcome.fault, outcome.status, outcome.location) == ("", 200, "")
    assert outcome.bytes > 100
    assert min(phases.dns, phases.connect, phases.first_byte) > 0
    assert (phases.tls > 0) is tls
    parts = phases.dns + phases.connect + phases.tls + phases.first_byte + phases.transfer
    assert parts <= phases.total
    assert outcome.target == str(probe)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503, 504])
async def test_any_status_is_told(lab: Lab, status: int):
    lab.wrong("http", "status", status=status)
    assert (await lab.probe(lab.https())).status == status


@pytest.mark.parametrize(
    ("answer", "fault", "stage", "status"),
    [
        ("close", "closed", "first_byte", 0),
        ("reset", "reset", "first_byte", 0),
        ("garbage", "malformed", "first_byte", 0),
        ("version-0.9", "malformed", "first_byte", 0),
        ("bad-length", "malformed", "first_byte", 0),
        ("interim", "malformed", "first_byte", 0),
        ("endless-head", "oversized", "first_byte", 0),
        ("long-line", "oversized", "first_byte", 0),
        ("truncated", "truncated", "transfer", 200),
        ("bad-chunk", "truncated", "transfer", 200),
    ],
)
@pytest.mark.parametrize("tls", [True, False])
async def test_each_wrong_answer_has_a_name_of_its_own(
    lab: Lab, answer: str, fault: str, stage: str, status: int, tls: bool
):
    lab.wrong("http", answer)
    outcome = await lab.probe(lab.https() if tls else lab.http())
    if answer == "reset" and tls:
        assert outcome.fault in {"reset", "closed"}
    else:
        assert outcome.fault == fault
    assert (outcome.stage, outcome.status) == (stage, status)
    assert outcome.reason


async def test_silence_is_a_timeout_that_keeps_the_certificate(lab: Lab):
    lab.wrong("http", "silent")
    outcome = await lab.probe(lab.https(), timeout=0.7)
    assert (outcome.fault, outcome.stage) == ("timeout", "first_byte")
    assert outcome.certificate
    assert outcome.phases.tls > 0


async def test_a_body_that_stops_is_a_timeout_that_keeps_the_status(lab: Lab):
    lab.wrong("http", "stall")
    outcome = await lab.probe(lab.http(), timeout=0.7)
    assert (outcome.fault, outcome.stage, outcome.status) == ("timeout", "transfer", 200)
    assert outcome.phases.first_byte > 0


async def test_of_a_body_without_end_only_the_beginning_is_read(lab: Lab):
    lab.wrong("http", "endless-body")
    outcome = await lab.probe(lab.http())
    assert (outcome.fault, outcome.status) == ("", 200)
    assert MAX_BODY <= outcome.bytes < 2 * MAX_BODY


async def test_slowness_is_in_the_first_byte(lab: Lab):
    lab.wrong("http", "slow", seconds=0.2)
    outcome = await lab.probe(lab.http())
    assert outcome.phases.first_byte >= 0.2
    assert outcome.phases.connect < outcome.phases.first_byte


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://login.home.arpa/auth?token=abc", "https://login.home.arpa/auth?..."),
        ("https://user:secret@login.home.arpa/", "https://login.home.arpa/"),
        ("/login", "/login"),
        ("//evil.example/x", "//evil.example/x"),
        ("http://169.254.169.254/latest/meta-data", "http://169.254.169.254/latest/meta-data"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("http://[::1", "(malformed)"),
    ],
)
async def test_a_redirect_is_reported_and_not_followed(lab: Lab, location: str, shown: str):
    lab.wrong("http", "redirect", location=location)
    outcome = await lab.probe(lab.https())
    assert (outcome.fault, outcome.status, outcome.location) == ("", 302, shown)
    assert len(lab.web.received) == 1


async def test_no_credentials_and_no_wish_for_compression_are_sent(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", "/dev/null")
    outcome = await lab.probe(lab.https(path="/a%20b", query="x=1"))
    assert outcome.status == 200
    (head,) = lab.web.received
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "get /a%20b?x=1 http/1.1"
    assert f"host: {HOST}:{lab.edge.https}" in lines
    assert "accept-encoding: identity" in lines
    assert not any(line.startswith(("authorization", "cookie", "proxy-", "referer")) for line in lines)


async def test_a_query_is_sent_and_never_shown(lab: Lab):
    probe = lab.http(query="apikey=hunter2")
    outcome = await lab.probe(probe)
    assert "hunter2" not in repr(outcome) + repr(probe) + str(probe)
    assert b"hunter2" in lab.web.received[0]


async def test_a_name_that_is_not_there_ends_at_dns(lab: Lab):
    outcome = await lab.probe(HttpProbe("gone.home.arpa", lab.edge.https))
    assert (outcome.fault, outcome.stage) == ("nxdomain", "dns")


async def test_a_port_where_nobody_listens_is_refused(lab: Lab):
    lab.edge.close()
    outcome = await lab.probe(lab.http())
    assert (outcome.fault, outcome.stage) == ("refused", "connect")
