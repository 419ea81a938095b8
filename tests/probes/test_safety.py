"""What a cluster names is not to be trusted."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from homeperf_ray.probes import prober
from homeperf_ray.probes.addresses import Policy, special
from homeperf_ray.probes.hosts import BadTargetError, host_name, http_probe, path_of
from homeperf_ray.probes.probe import HttpProbe, TcpProbe
from tests.probes.lab import HOST, Lab


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.0.9", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("::", "unspecified"),
        ("169.254.169.254", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("100.100.100.200", "metadata"),
        ("168.63.129.16", "metadata"),
        ("169.254.1.1", "link-local"),
        ("fe80::1", "link-local"),
        ("fec0::1", "link-local"),
        ("224.0.0.251", "multicast"),
        ("ff02::fb", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("240.0.0.1", "reserved"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:a9fe:a9fe", "metadata"),
        ("::ffff:0:169.254.169.254", "metadata"),
        ("::127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::a9fe:a9fe", "metadata"),
        ("64:ff9b:1:a9fe:a9:fe00::", "metadata"),
        ("64:ff9b:1::169.254.169.254", "metadata"),
        ("2002:7f00:1::", "loopback"),
        ("2002:a9fe:a9fe::1", "metadata"),
        ("2001:0:7f00:1::", "loopback"),
        ("2001:db8::5efe:127.0.0.1", "loopback"),
        ("10.0.0.1", ""),
        ("192.168.1.1", ""),
        ("100.64.0.1", ""),
        ("198.18.0.1", ""),
        ("8.8.8.8", ""),
        ("fd00::1", ""),
        ("2606:4700::1111", ""),
        ("64:ff9b::808:808", ""),
        ("::ffff:192.168.1.1", ""),
    ],
)
def test_special_addresses_are_known_in_every_disguise(address: str, kind: str):
    assert special(ip_address(address)) == kind


def test_the_configuration_allows_kinds_and_networks():
    policy = Policy(("loopback", "169.254.1.0/24", "::ffff:169.254.2.0/120"))
    assert not policy.refuses(ip_address("127.0.0.1"))
    assert not policy.refuses(ip_address("::1"))
    assert not policy.refuses(ip_address("169.254.1.9"))
    assert policy.refuses(ip_address("169.254.3.1")) == "link-local"
    assert policy.refuses(ip_address("169.254.169.254")) == "metadata"
    with pytest.raises(ValueError, match="does not appear"):
        Policy(("lopback",))


@pytest.mark.parametrize(
    "answer", ["127.0.0.1", "169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe"]
)
@pytest.mark.parametrize("kind", ["http", "https", "tls", "tcp"])
async def test_a_name_that_leads_to_one_is_not_connected_to(
    lab: Lab, answer: str, kind: str, monkeypatch: pytest.MonkeyPatch
):
    async def never(*_: Any, **__: Any) -> None:
        raise AssertionError("a connection was made")

    monkeypatch.setattr("aiohappyeyeballs.start_connection", never)
    lab.wrong("dns", "elsewhere", location=answer)
    probe = {"http": lab.http(), "https": lab.https(), "tls": lab.tls(), "tcp": TcpProbe(HOST, 80)}[kind]
    outcome = await lab.probe(probe, allow=())
    assert (outcome.fault, outcome.stage, outcome.address) == ("address_refused", "address", "")
    assert outcome.refused
    assert str(ip_address(answer)) in outcome.reason


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "app.localhost", "LOCALHOST."])
async def test_a_literal_address_is_checked_too(lab: Lab, host: str):
    outcome = await lab.probe(TcpProbe(host, lab.edge.http), allow=())
    assert outcome.fault == "address_refused"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", HOST])
async def test_what_the_user_wrote_down_is_allowed_by_that(lab: Lab, host: str):
    assert not (await lab.probe(TcpProbe(host, lab.edge.http, trusted=True), allow=())).fault


async def test_of_several_addresses_only_the_good_ones_are_tried(lab: Lab):
    lab.zone[HOST] = {"A": ["169.254.169.254", "127.0.0.1"]}
    outcome = await lab.probe(lab.http())
    assert (outcome.fault, outcome.address) == ("", "127.0.0.1")
    assert outcome.refused == ("169.254.169.254 (metadata)",)


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to(lab: Lab):
    """A name that leads somewhere else when it is asked for again changes nothing: nobody asks again."""
    lab.wrong("dns", "elsewhere", location="169.254.169.254", after=2)
    lab.wrong("tls", "self-signed")
    outcome = await lab.probe(lab.https())
    assert (outcome.address, outcome.status) == ("127.0.0.1", 200)
    assert outcome.certificate
    assert outcome.certificate.trust == "self_signed"
    assert lab.dns.asked == 2, "A and AAAA, once each, though two connections were made"


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        "-a.home.arpa",
        "a b.home.arpa",
        "a\n.home.arpa",
        "a\x00.home.arpa",
        "a\x1b[2J.home.arpa",
        "a\u202e.home.arpa",
        "user@home.arpa",
        "home.arpa/x",
        "home.arpa:80",
        "home.arpa\\x",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "1.2.3.4.5",
        "fe80::1%eth0",
        "x" * 64 + ".arpa",
        "x." * 130 + "arpa",
        "\U0001f4a9" * 80 + ".arpa",
        "[home.arpa]",
    ],
)
def test_what_is_no_host_name_is_refused_without_showing_it_raw(text: str):
    with pytest.raises(BadTargetError) as caught:
        host_name(text)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Plex.Home.Arpa.", "plex.home.arpa"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("_dmarc.home.arpa", "_dmarc.home.arpa"),
        ("::FFFF:10.0.0.1", "::ffff:10.0.0.1"),
        ("[fd00::1]", "fd00::1"),
    ],
)
def test_names_are_made_alike(text: str, name: str):
    assert host_name(text) == name.replace("::ffff:10.0.0.1", str(ip_address("::ffff:10.0.0.1")))


@pytest.mark.parametrize(
    "text",
    [
        "ftp://home.arpa/",
        "//home.arpa/",
        "https://user:secret@home.arpa/",
        "https://user@home.arpa/",
        "https://home.arpa:0/",
        "https://home.arpa:65536/",
        "https://home.arpa:abc/",
        "https://home.arpa:-1/",
        "https:///x",
        "https://[::1",
        "https://home.arpa/a b",
        "https://home.arpa/\r\nX-Evil: 1",
        "https://home.arpa\\@evil.example/",
        "https://home.arpa/" + "x" * 3000,
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_url_that_is_none_is_refused_without_its_secrets(text: str):
    with pytest.raises(BadTargetError) as caught:
        http_probe(text)
    assert "secret" not in str(caught.value)


def test_an_url_is_read():
    probe = http_probe("https://Bücher.example:8443/a/ü?q=ä#part", status=(200, 204))
    assert probe == HttpProbe("xn--bcher-kva.example", 8443, "/a/%C3%BC", query="q=%C3%A4", status=(200, 204))
    assert str(probe) == "https://xn--bcher-kva.example:8443/a/%C3%BC?..."


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/api", "/api"),
        ("/a b", "/"),
        ("", "/"),
        ("api", "/"),
        ("/x\r\nHost: evil", "/"),
        ("/ü?a#b", "/%C3%BC%3Fa%23b"),
    ],
)
def test_a_path_from_the_cluster_cannot_change_the_request(text: str, path: str):
    assert path_of(text) == path


@pytest.mark.parametrize("port", [0, -1, 65_536, 10**9])
async def test_a_port_out_of_range_is_an_outcome(lab: Lab, port: int):
    assert (await lab.probe(TcpProbe(HOST, port))).fault == "bad_target"


async def test_a_defect_of_the_prober_is_an_outcome_too(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    async def broken(*_: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(prober.Prober, "_run", broken)
    outcome = await lab.probe(lab.http())
    assert (outcome.fault, outcome.reason) == ("failed", "RuntimeError")
