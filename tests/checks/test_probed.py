"""What outcomes of probes mean."""

from __future__ import annotations

from typing import Any

import pytest

from homeperf_ray.checks.finding import Judgement
from homeperf_ray.checks.probed import Probed, judge_probes
from homeperf_ray.checks.registry import CODES
from homeperf_ray.checks.thresholds import Override, Thresholds
from homeperf_ray.probes.outcome import Certificate, Fault, Outcome, Phases, Stage, Trust
from homeperf_ray.probes.probe import INSIDE, DnsProbe, HttpProbe, Probe, Target, TcpProbe
from tests.checks.judging import DAY, NOW

SITE = HttpProbe("plex.home.arpa", 443, "/web")
MOMENT = NOW.timestamp()


def outcome(probe: Probe = SITE, **facts: Any) -> Outcome:
    shown: dict[str, Any] = {"status": 200, "address": "192.168.1.7", "addresses": ("192.168.1.7",), **facts}
    return Outcome(target=str(probe), protocol=probe.protocol, vantage="workstation", **shown)


def one(probe: Probe = SITE, name: str = "Ingress/plex", **facts: Any) -> Probed:
    return Probed(Target(probe=probe, object=name, namespace="media"), outcome(probe, **facts))


def judged(*probed: Probed, thresholds: Thresholds | None = None) -> Judgement:
    return judge_probes(probed, thresholds or Thresholds(), NOW)


def codes(*probed: Probed, **more: Any) -> list[str]:
    return [finding.code for finding in judged(*probed, **more).findings]


def certificate(**facts: Any) -> Certificate:
    plain = {"names": ("plex.home.arpa",), "issuer": "CN=R11", "chain": 2}
    times = {"not_before": MOMENT - 30 * DAY, "not_after": MOMENT + 60 * DAY}
    return Certificate(**plain | times | facts)


def test_what_answers_well_is_counted_and_not_found():
    judgement = judged(one(), one(TcpProbe("192.168.1.7", 443), "Service/web", status=0))
    assert (judgement.examined, judgement.findings, judgement.notes) == (2, (), ())


@pytest.mark.parametrize(
    ("fault", "stage", "code"),
    [
        ("bad_target", "", "HP470"),
        ("nxdomain", "dns", "HP471"),
        ("no_data", "dns", "HP471"),
        ("timeout", "dns", "HP472"),
        ("unreachable", "dns", "HP472"),
        ("servfail", "dns", "HP473"),
        ("refused", "dns", "HP473"),
        ("rcode", "dns", "HP473"),
        ("malformed", "dns", "HP473"),
        ("cname_loop", "dns", "HP473"),
        ("closed", "dns", "HP473"),
        ("address_refused", "address", "HP477"),
        ("refused", "connect", "HP481"),
        ("timeout", "connect", "HP481"),
        ("unreachable", "connect", "HP481"),
        ("no_tls", "tls", "HP483"),
        ("tls_version", "tls", "HP483"),
        ("tls_alert", "tls", "HP483"),
        ("timeout", "tls", "HP483"),
        ("reset", "tls", "HP483"),
        ("closed", "first_byte", "HP493"),
        ("timeout", "first_byte", "HP493"),
        ("malformed", "first_byte", "HP493"),
        ("oversized", "first_byte", "HP493"),
        ("truncated", "transfer", "HP493"),
        ("not_probed", "", "HP499"),
        ("failed", "tls", "HP499"),
    ],
)
def test_each_fault_at_each_stage_has_its_code(fault: Fault, stage: Stage, code: str):
    judgement = judged(one(fault=fault, stage=stage, reason="so it is", status=0, resolver="192.168.1.1"))
    assert [finding.code for finding in judgement.findings] == [code]
    [finding] = judgement.findings
    assert finding.severity == CODES[code].severity
    assert "{" not in finding.hint
    assert finding.object in ("Ingress/plex", "Resolver/192.168.1.1")


@pytest.mark.parametrize(
    "facts", [{"fault": "client_certificate", "stage": "first_byte", "status": 0}, {"status": 404}]
)
def test_what_is_meant_so_is_no_fault(facts: dict[str, Any]):
    assert codes(one(**facts)) == []


@pytest.mark.parametrize(
    ("status", "code"), [(200, ""), (302, ""), (401, ""), (404, ""), (500, "HP491"), (503, "HP491")]
)
def test_without_expectations_only_a_servers_own_errors_count(status: int, code: str):
    assert codes(one(status=status)) == ([code] if code else [])


def test_an_expected_status_is_expected():
    probe = HttpProbe("nas.home.arpa", 443, status=(200, 503))
    assert codes(one(probe, status=503)) == []
    assert codes(one(probe, status=404)) == ["HP492"]


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, []),
        ({"not_before": MOMENT - 70 * DAY, "not_after": MOMENT + 20 * DAY}, ["HP485"]),
        ({"not_after": MOMENT + 2 * DAY}, ["HP484"]),
        ({"not_after": MOMENT - 2 * DAY, "trust": "expired"}, ["HP484"]),
        ({"not_before": MOMENT + DAY, "trust": "expired"}, ["HP484"]),
        ({"trust": "expired"}, ["HP484"]),
        ({"mismatched": ("plex.home.arpa",)}, ["HP486"]),
        ({"trust": "self_signed", "reason": "self-signed certificate"}, ["HP487"]),
        ({"trust": "unverified"}, []),
        ({"not_after": MOMENT - DAY, "mismatched": ("a",), "trust": "self_signed"}, ["HP484", "HP486", "HP487"]),
    ],
)
def test_a_certificate_is_judged_by_what_it_says(facts: dict[str, Any], found: list[str]):
    assert codes(one(certificate=certificate(**facts))) == found


@pytest.mark.parametrize("trust", ["self_signed", "unknown_authority", "incomplete", "unfit"])
def test_every_reason_not_to_trust_has_words(trust: Trust):
    [finding] = judged(one(certificate=certificate(trust=trust, reason="why"))).findings
    assert "CN=R11: why" in finding.message


def test_a_short_lived_certificate_has_less_left_by_design():
    short = certificate(not_before=MOMENT - DAY / 4, not_after=MOMENT + DAY * 3 / 4)
    assert codes(one(certificate=short)) == []


def test_slowness_says_where_the_time_went_and_obeys_overrides():
    slow = Phases(dns=0.01, connect=0.02, tls=0.3, first_byte=3.0, total=3.4)
    [finding] = judged(one(phases=slow)).findings
    assert finding.code == "HP494"
    assert finding.message.endswith("took 3.33 s to its first byte (tls 0.30, first byte 3.00)")
    patient = Override(object="Ingress/plex", limits=(("probe_latency", 10.0),))
    assert codes(one(phases=slow), thresholds=Thresholds(overrides=(patient,))) == []


def test_an_answer_that_does_not_end_is_slow():
    assert codes(one(fault="timeout", stage="transfer", phases=Phases(total=3.0))) == ["HP494"]


@pytest.mark.parametrize(
    ("location", "bad"),
    [
        ("https://plex.home.arpa/web", True),
        ("/web", True),
        ("http://plex.home.arpa/login", True),
        ("https://plex.home.arpa/login", False),
        ("https://login.home.arpa/", False),
        ("http://other.home.arpa/", False),
        ("/", False),
        ("", False),
    ],
)
def test_a_redirect_that_leads_back_or_out_of_tls_is_told(location: str, bad: bool):
    assert codes(one(status=302, location=location)) == (["HP495"] if bad else [])


def test_a_dead_dns_server_is_told_once_however_many_names_wait_for_it():
    names = [
        one(HttpProbe(f"s{number}.home.arpa", 443), f"Ingress/s{number}", fault="timeout", stage="dns", status=0,
            reason="no answer", resolver="192.168.1.1")
        for number in range(20)
    ]  # fmt: skip
    [finding] = judged(*names).findings
    assert (finding.code, finding.object) == ("HP472", "Resolver/192.168.1.1")
    assert "20 names" in finding.message


def test_one_lost_answer_of_a_server_that_answers_is_about_the_name():
    lost = one(fault="timeout", stage="dns", status=0, reason="no answer", resolver="192.168.1.1")
    well = one(HttpProbe("b.home.arpa", 443), "Ingress/b", resolver="192.168.1.1", phases=Phases(dns=0.01, total=0.1))
    [finding] = judged(lost, well).findings
    assert (finding.code, finding.object) == ("HP472", "Ingress/plex")


def test_a_slow_dns_server_is_told_by_its_median():
    def of(*seconds: float) -> list[str]:
        return codes(
            *(
                one(HttpProbe(f"s{number}.home.arpa", 443), f"Ingress/s{number}", resolver="192.168.1.1",
                    phases=Phases(dns=spent, total=spent))
                for number, spent in enumerate(seconds)
            )
        )  # fmt: skip

    assert of(0.01, 0.9, 0.8) == ["HP475"]
    assert of(0.01, 0.02, 1.5) == []
    assert of(0.9) == []


def inside(name: str = "plex.home.arpa", *records: str, **facts: Any) -> Probed:
    probe = DnsProbe(name, resolver=INSIDE)
    return one(probe, records=records, status=0, addresses=(), address="", **facts)


CANARY = inside("kubernetes.default.svc.cluster.local", "10.43.0.1")


def test_the_same_inside_and_outside_is_no_news():
    assert judged(CANARY, one(), inside("plex.home.arpa", "192.168.1.7")).findings == ()


def test_a_name_that_is_not_known_inside_is_found():
    [finding] = judged(CANARY, one(), inside(fault="nxdomain", stage="dns")).findings
    assert finding.code == "HP474"
    assert "outside it leads to 192.168.1.7" in finding.message


def test_other_private_addresses_are_found_and_a_split_horizon_is_a_note():
    other = judged(CANARY, one(), inside("plex.home.arpa", "192.168.9.9"))
    assert [finding.code for finding in other.findings] == ["HP474"]
    split = judged(CANARY, one(addresses=("93.184.216.34",)), inside("plex.home.arpa", "192.168.1.7"))
    assert split.findings == ()
    assert split.notes == ("a split horizon: plex.home.arpa lead elsewhere inside than outside",)


def test_a_resolver_that_cannot_be_reached_from_here_is_a_note_and_nothing_else():
    gone = {"fault": "timeout", "stage": "dns", "reason": "no answer within 0.5 s", "resolver": "10.43.0.10"}
    canary = inside("kubernetes.default.svc.cluster.local", **gone)
    waiting = inside(fault="not_probed", reason="no answer within 0.5 s")
    judgement = judged(canary, one(), waiting)
    assert judgement.findings == ()
    [note] = judgement.notes
    assert note.startswith("the cluster's resolver cannot be asked from workstation (no answer")


def test_a_headless_service_without_a_name_inside_is_found():
    probe = DnsProbe("db.media.svc.cluster.local", resolver=INSIDE)
    lost = one(probe, "Service/db", fault="nxdomain", stage="dns", reason="it says NXDOMAIN", status=0)
    assert codes(CANARY, lost) == ["HP471"]


def test_another_cluster_domain_is_one_finding_that_says_so():
    lost = {"fault": "nxdomain", "stage": "dns", "reason": "it says NXDOMAIN", "status": 0}
    canary = one(CANARY.target.probe, "Service/kube-dns", **lost)
    others = [
        one(DnsProbe(f"db{number}.media.svc.cluster.local", resolver=INSIDE), f"Service/db{number}", **lost)
        for number in range(5)
    ]
    known = inside("plex.home.arpa", "192.168.1.7")
    [finding] = judged(canary, one(), known, *others).findings
    assert (finding.code, finding.object) == ("HP471", "Service/kube-dns")
    assert "cluster-domain" in finding.message


def test_expected_records_are_compared_without_order_case_and_dots():
    probe = DnsProbe("home.arpa", "MX", expect=("20 b.home.arpa", "10 A.home.arpa"))
    assert codes(one(probe, records=("10 a.home.arpa.", "20 b.home.arpa."), status=0)) == []
    assert codes(one(probe, records=("10 a.home.arpa.",), status=0)) == ["HP476"]


def test_some_refused_addresses_among_good_ones_are_told():
    assert codes(one(refused=("127.0.0.1 (loopback)",))) == ["HP477"]


def test_an_object_is_counted_once_however_many_probes_it_has():
    assert judged(one(), inside("plex.home.arpa", "192.168.1.7"), CANARY).examined == 1


def test_hints_are_commands_that_a_shell_takes():
    evil = HttpProbe("$(reboot).home.arpa", 443)
    [finding] = judged(one(evil, fault="bad_target")).findings
    assert "$(reboot)" not in finding.hint
    broken = judged(one(HttpProbe("a;b", 443), fault="refused", stage="connect", reason="x", status=0)).findings[0]
    assert broken.hint == "curl -v telnet://'a;b:443'"


def test_no_secret_of_a_query_is_in_a_finding():
    probe = HttpProbe("nas.home.arpa", 443, query="key=hunter2")
    judgement = judged(one(probe, status=500), one(probe, fault="timeout", stage="connect", reason="x", status=0))
    assert "hunter2" not in repr(judgement)
