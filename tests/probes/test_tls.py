"""Every answer that a TLS endpoint can give, right and wrong."""

from __future__ import annotations

import time

import pytest

from homeperf_ray.probes.certificates import is_for
from tests.probes.lab import HOST, Lab

DAY = 86_400.0


async def test_a_right_handshake_has_its_certificate_its_version_and_its_phases(lab: Lab):
    outcome = await lab.probe(lab.tls())
    found = outcome.certificate
    assert (outcome.fault, outcome.address, outcome.addresses) == ("", "127.0.0.1", ("127.0.0.1",))
    assert outcome.tls_version == "TLSv1.3"
    assert found
    assert (found.trust, found.mismatched, found.names) == ("", (), (HOST, "127.0.0.1"))
    assert found.not_before < time.time() < found.not_after
    assert found.subject == f"CN={HOST}"
    assert found.issuer == "CN=homelab ingress CA"
    phases = outcome.phases
    assert min(phases.dns, phases.connect, phases.tls) > 0
    assert phases.dns + phases.connect + phases.tls <= phases.total
    assert phases.first_byte == phases.transfer == 0


@pytest.mark.parametrize(
    ("answer", "trust"),
    [
        ("expired", "expired"),
        ("not-yet", "expired"),
        ("self-signed", "self_signed"),
        ("unknown-ca", "unknown_authority"),
        ("no-chain", "incomplete"),
        ("ending", ""),
        ("other-name", ""),
        ("wildcard", ""),
    ],
)
async def test_a_certificate_that_is_not_trusted_is_seen_all_the_same(lab: Lab, answer: str, trust: str):
    lab.wrong("tls", answer)
    outcome = await lab.probe(lab.tls())
    assert outcome.fault == ""
    assert outcome.certificate
    assert outcome.certificate.trust == trust
    assert bool(outcome.certificate.reason) == bool(trust)
    assert outcome.certificate.not_after > 0


async def test_when_a_certificate_ends_is_told(lab: Lab):
    for answer, least, most in (("expired", -1, 0), ("ending", 2, 4), ("not-yet", 80, 100)):
        lab.faults.clear()
        lab.wrong("tls", answer)
        outcome = await lab.probe(lab.tls())
        assert outcome.certificate
        assert least * DAY < outcome.certificate.not_after - time.time() < most * DAY


async def test_the_names_that_are_missing_are_told(lab: Lab):
    lab.wrong("tls", "other-name")
    outcome = await lab.probe(lab.tls(names=("photos.home.arpa",)))
    assert outcome.certificate
    assert outcome.certificate.mismatched == (HOST, "photos.home.arpa")


async def test_a_chain_is_counted(lab: Lab):
    lab.wrong("tls", "unknown-ca")
    outcome = await lab.probe(lab.tls())
    assert outcome.certificate
    assert outcome.certificate.chain == 2
    assert outcome.certificate.chain_ends > outcome.certificate.not_after


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("plain", "no_tls"),
        ("garbage", "no_tls"),
        ("alert", "tls_alert"),
        ("old-version", "tls_version"),
        ("close", "closed"),
        ("reset", "reset"),
    ],
)
async def test_each_broken_handshake_has_a_name_of_its_own(lab: Lab, answer: str, fault: str):
    lab.wrong("tls", answer)
    outcome = await lab.probe(lab.tls())
    assert (outcome.fault, outcome.stage) == (fault, "tls")
    assert outcome.reason
    assert outcome.phases.connect > 0


async def test_a_handshake_that_never_ends_is_a_timeout_that_keeps_what_was_before(lab: Lab):
    lab.wrong("tls", "silent")
    outcome = await lab.probe(lab.tls(), timeout=0.5)
    assert (outcome.fault, outcome.stage, outcome.address) == ("timeout", "tls", "127.0.0.1")
    assert outcome.phases.connect > 0


async def test_a_server_that_wants_a_client_certificate_says_so(lab: Lab):
    lab.wrong("tls", "client-certificate")
    outcome = await lab.probe(lab.https())
    assert outcome.fault == "client_certificate"


async def test_only_the_given_authority_counts_where_a_probe_brings_its_own(lab: Lab):
    lab.wrong("tls", "unknown-ca")
    own = await lab.probe(lab.tls(ca=lab.ca))
    unverified = await lab.probe(lab.tls(verify=False))
    assert own.certificate
    assert own.certificate.trust == "unknown_authority"
    assert unverified.certificate
    assert unverified.certificate.trust == "unverified"


@pytest.mark.parametrize(
    ("host", "names", "fits"),
    [
        ("a.home.arpa", ["a.home.arpa"], True),
        ("A.Home.Arpa.", ["a.home.arpa"], True),
        ("a.home.arpa", ["*.home.arpa"], True),
        ("home.arpa", ["*.home.arpa"], False),
        ("a.b.home.arpa", ["*.home.arpa"], False),
        ("a.arpa", ["*.arpa"], False),
        ("a.home.arpa", ["a*.home.arpa"], False),
        ("a.home.arpa", ["*.*.arpa"], False),
        ("a.home.arpa", ["*"], False),
        ("10.0.0.1", ["10.0.0.1"], True),
        ("10.0.0.1", ["*.0.0.1"], False),
        ("fd00::1", ["fd00:0:0::1"], True),
        ("a.home.arpa", [], False),
    ],
)
def test_a_name_fits_as_rfc_9525_says(host: str, names: list[str], fits: bool):
    assert is_for(host, names) is fits
