"""The section ``probes`` of a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeperf_ray.cli.config_view import as_json, as_yaml
from homeperf_ray.config.error import ConfigurationError
from homeperf_ray.probes.probe import DnsProbe, HttpProbe, TcpProbe, TlsProbe
from tests.config.loading import settings

WHOLE = """\
probes:
  resolver: [192.168.1.1, "[fd00::1]:5353"]
  cluster-resolver: 10.43.0.10
  cluster-domain: home.cluster
  allow: [loopback, 169.254.1.0/24]
  ca: ca.crt
  http-port: 8080
  https-port: 8443
  timeout: 1500ms
  targets:
    - url: https://nas.home.arpa/health
      status: [200, 204]
      names: nas.lan
    - tcp: nas.home.arpa:445
    - tls: "[fd00::5]:993"
    - dns: home.arpa
      type: mx
      expect: 10 mail.home.arpa.
      resolver: 1.1.1.1
profiles:
  away:
    probes:
      resolver: 9.9.9.9
      targets:
        - tcp: 192.168.1.5:22
"""


def test_everything_can_be_said(tmp_path: Path):
    said = settings(tmp_path, WHOLE).probes
    assert said.get("resolver", ()) == ("192.168.1.1", "[fd00::1]:5353")
    assert said.get("allow", ()) == ("loopback", "169.254.1.0/24")
    assert said.get("ca", "") == str(tmp_path / "ca.crt")
    assert (said.get("http-port", 0), said.get("https-port", 0), said.get("timeout", 0)) == (8080, 8443, 1.5)
    assert [target.value.probe for target in said.targets] == [
        HttpProbe("nas.home.arpa", 443, "/health", status=(200, 204), names=("nas.lan",)),
        TcpProbe("nas.home.arpa", 445),
        TlsProbe("fd00::5", 993, trusted=True),
        DnsProbe("home.arpa", "MX", "1.1.1.1", ("10 mail.home.arpa.",)),
    ]
    assert said.targets[0].value.object == "Probe/https://nas.home.arpa/health"


def test_a_profile_lays_over_and_adds_targets(tmp_path: Path):
    said = settings(tmp_path, WHOLE, profile="away").probes
    assert said.get("resolver", ()) == ("9.9.9.9",)
    assert said.get("https-port", 0) == 8443
    assert len(said.targets) == 5


def test_nothing_said_is_nothing(tmp_path: Path):
    assert settings(tmp_path, "qps: 5").probes.targets == ()
    assert settings(tmp_path, "probes:").probes.options == {}


def test_what_is_shown_can_be_loaded_again(tmp_path: Path):
    before = settings(tmp_path, WHOLE)
    shown = "\n".join(as_yaml(before, every=False, origins=True))
    after = settings(tmp_path, shown)
    assert [each.value for each in after.probes.targets] == [each.value for each in before.probes.targets]
    assert {name: each.value for name, each in after.probes.options.items()} == {
        name: each.value for name, each in before.probes.options.items()
    }
    assert '"cluster-domain": "home.cluster"' in as_json(before, every=False, origins=False)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("resolver: router.lan", "not a DNS server"),
        ("resolver: 1.2.3.4:99999", "not a DNS server"),
        ("allow: lopback", "networks such as"),
        ("allow: [10.0.0.0/99]", "networks such as"),
        ("http-port: 0", "not between"),
        ("https-port: https", "not a whole number"),
        ("timeout: 0s", "no time at all"),
        ("cluster-domain: '../x'", "not a domain"),
        ("resolvers: 1.1.1.1", "'resolvers' is not a key of probes"),
        ("targets: [{url: 'ftp://x.arpa/'}]", "must begin with http"),
        ("targets: [{url: 'https://user:hunter2@x.arpa/'}]", "no credentials are ever sent"),
        ("targets: [{url: 'https://x.arpa/', status: 99}]", "not between"),
        ("targets: [{tcp: nas.home.arpa}]", "has no port"),
        ("targets: [{tcp: 'nas.home.arpa:0'}]", "is no port"),
        ("targets: [{tcp: 'nas.home.arpa:x'}]", "write HOST:PORT"),
        ("targets: [{tcp: 'a b:1'}]", "no name has"),
        ("targets: [{dns: home.arpa, type: 'M X'}]", "no type of DNS records"),
        ("targets: [{dns: home.arpa, status: 200}]", "'status' is not a key of a target that is dns"),
        ("targets: [{tcp: 'a:1', dns: a}]", "a target is one of"),
        ("targets: [{}]", "a target is one of"),
        ("targets: x", "must be a list"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_without_secrets(tmp_path: Path, text: str, fault: str):
    with pytest.raises(ConfigurationError) as caught:
        settings(tmp_path, f"probes:\n  {text}\n")
    assert fault in caught.value.message
    assert "config.yaml:2" in caught.value.message
    assert "hunter2" not in caught.value.message + caught.value.hint
