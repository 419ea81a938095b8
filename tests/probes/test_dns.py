"""Every answer that a DNS server can give, right and wrong."""

from __future__ import annotations

import asyncio

import pytest

from homeperf_ray.probes.asking import Server, server_at
from homeperf_ray.probes.probe import INSIDE
from tests.probes.lab import HOST, Lab, dns


async def test_a_right_answer_has_its_records_its_server_and_its_time(lab: Lab):
    outcome = await lab.probe(dns())
    assert (outcome.fault, outcome.records, outcome.rcode) == ("", ("127.0.0.1",), "NOERROR")
    assert outcome.resolver == f"127.0.0.1:{lab.dns.port}"
    assert 0 < outcome.phases.dns <= outcome.phases.total


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("AAAA", "fd00:0:0::5", "fd00::5"),
        ("MX", "10 mail.home.arpa", "10 mail.home.arpa."),
        ("TXT", "v=spf1 -all", '"v=spf1 -all"'),
        ("SRV", "0 5 5060 sip.home.arpa", "0 5 5060 sip.home.arpa."),
        ("NS", "ns.home.arpa", "ns.home.arpa."),
        ("CNAME", "other.home.arpa", "other.home.arpa."),
    ],
)
async def test_any_type_of_record_can_be_asked_for(lab: Lab, kind: str, value: str, shown: str):
    lab.zone["home.arpa"] = {kind: [value]}
    assert (await lab.probe(dns("home.arpa", kind))).records == (shown,)


@pytest.mark.parametrize(
    ("answer", "fault", "rcode"),
    [
        ("nxdomain", "nxdomain", "NXDOMAIN"),
        ("nodata", "no_data", "NOERROR"),
        ("servfail", "servfail", "SERVFAIL"),
        ("refused", "refused", "REFUSED"),
        ("notimp", "rcode", "NOTIMP"),
        ("garbage", "malformed", ""),
        ("short", "malformed", ""),
        ("other-id", "malformed", ""),
        ("other-question", "malformed", ""),
        ("half", "malformed", ""),
        ("loop", "cname_loop", "NOERROR"),
    ],
)
async def test_each_wrong_answer_has_a_name_of_its_own(lab: Lab, answer: str, fault: str, rcode: str):
    lab.wrong("dns", answer)
    outcome = await lab.probe(dns())
    assert (outcome.fault, outcome.stage, outcome.rcode, outcome.records) == (fault, "dns", rcode, ())
    assert outcome.reason


async def test_an_answer_that_is_cut_short_is_asked_for_over_tcp(lab: Lab):
    lab.wrong("dns", "truncated")
    outcome = await lab.probe(dns())
    assert (outcome.fault, outcome.records, outcome.over_tcp) == ("", ("127.0.0.1",), True)


async def test_tcp_that_closes_after_a_cut_answer_is_closed(lab: Lab):
    lab.wrong("dns", "cut")
    assert (await lab.probe(dns())).fault == "closed"


async def test_silence_is_a_timeout_and_is_asked_twice(lab: Lab):
    lab.wrong("dns", "silent")
    outcome = await lab.probe(dns(), timeout=0.6)
    assert (outcome.fault, outcome.stage) == ("timeout", "dns")
    assert lab.dns.asked == 2


async def test_a_lost_packet_is_asked_for_again(lab: Lab):
    lab.wrong("dns", "silent", times=1)
    assert (await lab.probe(dns(), timeout=3.0)).records == ("127.0.0.1",)


async def test_a_slow_server_is_slow_and_not_wrong(lab: Lab):
    lab.wrong("dns", "slow", seconds=0.2)
    outcome = await lab.probe(dns())
    assert not outcome.fault
    assert outcome.phases.dns >= 0.2


async def test_a_server_that_is_not_there_is_unreachable(lab: Lab):
    port = lab.dns.port
    lab.dns.close()
    await asyncio.sleep(0.05)
    outcome = await lab.probe(dns(resolver=f"127.0.0.1:{port}"))
    assert (outcome.fault, outcome.stage) == ("unreachable", "dns")


async def test_the_second_server_answers_for_the_first(lab: Lab):
    lab.wrong("dns", "servfail", times=1)
    server = f"127.0.0.1:{lab.dns.port}"
    assert (await lab.probe(dns(), resolvers=(server, server))).records == ("127.0.0.1",)


async def test_a_cluster_without_a_known_resolver_is_not_probed(lab: Lab):
    assert (await lab.probe(dns(resolver=INSIDE))).fault == "not_probed"
    inside = await lab.probe(dns(resolver=INSIDE), inside=f"127.0.0.1:{lab.dns.port}")
    assert inside.records == ("127.0.0.1",)


@pytest.mark.parametrize("name", ["", "a..b", "x" * 300, "x" * 64 + ".home.arpa", "\x1b[31m.home.arpa", "ü" * 100])
async def test_a_name_that_nobody_can_ask_for_is_an_outcome(lab: Lab, name: str):
    outcome = await lab.probe(dns(name), timeout=2.0)
    assert outcome.fault in {"bad_target", "malformed", "nxdomain"}
    assert "\x1b" not in outcome.target + outcome.reason


async def test_what_a_record_says_is_fit_to_be_shown(lab: Lab):
    lab.zone[HOST]["TXT"] = ["\x1b[31mred\u009b", "x" * 255]
    outcome = await lab.probe(dns(HOST, "TXT"))
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for text in outcome.records for letter in text)
    assert len(outcome.records) == 2


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.168.1.1", Server("192.168.1.1", 53)),
        ("192.168.1.1:5353", Server("192.168.1.1", 5353)),
        ("fd00::1", Server("fd00::1", 53)),
        ("[fd00::1]:54", Server("fd00::1", 54)),
    ],
)
def test_a_dns_server_is_an_address_and_perhaps_a_port(text: str, server: Server):
    assert server_at(text) == server
    assert server_at(str(server)) == server


@pytest.mark.parametrize("text", ["", "router.lan", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:x", "[fd00::1", "1.2.3"])
def test_anything_else_is_no_dns_server(text: str):
    with pytest.raises(ValueError, match="not a DNS server"):
        server_at(text)
