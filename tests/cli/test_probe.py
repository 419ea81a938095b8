"""``homeperf check --probe`` against a homelab whose endpoints answer on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from homeperf_ray.sim.process import RunningSim
from tests.cli.command import Done, Homeperf
from tests.homelab import start_homelab


@pytest.fixture(scope="module")
def answering() -> Iterator[RunningSim]:
    with start_homelab(endpoints=True, healthy=True, pods=80, namespaces=10, pvcs=4) as sim:
        yield sim


@pytest.fixture
def sim(answering: RunningSim) -> RunningSim:
    answering.reset()
    return answering


def probe(homeperf: Homeperf, sim: RunningSim, *more: str, runner: str = "local", **environment: str) -> Done:
    assert sim.endpoints
    given = {"HOMEPERF_CONFIG": sim.endpoints.configuration, **environment}
    return homeperf.check(sim.kubeconfig, "network", "--probe", *more, runner=runner, **given)


def site(report: dict[str, Any]) -> tuple[str, str, str]:
    """Namespace, object and host of some ingress."""
    one = next(each for each in report["probes"] if each["object"].startswith("Ingress/") and each["status"])
    return one["namespace"], one["object"], one["target"].removeprefix("https://").partition(":")[0]


@pytest.mark.parametrize("runner", ["serial", "local"])
def test_a_healthy_homelab_is_probed_and_well(homeperf: Homeperf, sim: RunningSim, runner: str):
    done = probe(homeperf, sim, runner=runner)
    report = done.report
    assert report["details"] == []
    assert (done.code, report["notes"], done.err) == (0, [], "")
    probes = report["probes"]
    assert {one["protocol"] for one in probes} == {"https", "tls", "tcp", "dns"}
    assert {one["object"].partition("/")[0] for one in probes} == {"Context", "Ingress", "HTTPRoute", "Service"}
    assert not any(one["fault"] for one in probes)
    assert {one["vantage"] for one in probes} == {"workstation"}
    assert all(one["certificate"]["trust"] == "" for one in probes if one["protocol"] in ("https", "tls"))


def test_without_the_option_nobody_is_asked(homeperf: Homeperf, sim: RunningSim):
    assert sim.endpoints
    done = homeperf.check(sim.kubeconfig, "network", HOMEPERF_CONFIG=sim.endpoints.configuration)
    assert "probes" not in done.report


def test_the_variable_asks_too(homeperf: Homeperf, sim: RunningSim):
    assert sim.endpoints
    given = {"HOMEPERF_CONFIG": sim.endpoints.configuration, "HOMEPERF_PROBE": "true"}
    assert homeperf.check(sim.kubeconfig, "network", **given).report["probes"]


def test_another_domain_probes_nothing_and_says_so(homeperf: Homeperf, sim: RunningSim):
    report = homeperf.check(sim.kubeconfig, "nodes", "--probe").report
    assert "probes" not in report
    assert report["notes"] == ["nothing was probed: --probe belongs to the domain network"]


@pytest.mark.parametrize(
    ("kind", "answer", "more", "code"),
    [
        ("dns", "nxdomain", {"server": "outside"}, "HP471"),
        ("dns", "servfail", {"server": "outside"}, "HP473"),
        ("dns", "nxdomain", {"server": "inside"}, "HP474"),
        ("dns", "elsewhere", {"server": "inside", "location": "192.168.77.7"}, "HP474"),
        ("dns", "elsewhere", {"server": "outside", "location": "169.254.169.254"}, "HP477"),
        ("tls", "expired", {}, "HP484"),
        ("tls", "other-name", {}, "HP486"),
        ("tls", "self-signed", {}, "HP487"),
        ("tls", "plain", {}, "HP483"),
        ("http", "status", {"status": 503}, "HP491"),
        ("http", "garbage", {}, "HP493"),
        ("http", "slow", {"seconds": 2.2}, "HP494"),
    ],
)
def test_a_fault_of_one_site_is_found_at_that_site(
    homeperf: Homeperf, sim: RunningSim, kind: Any, answer: str, more: dict[str, Any], code: str
):
    namespace, name, host = site(probe(homeperf, sim).report)
    sim.fault(kind, host=host, answer=answer, **more)
    found = [(one["code"], one["namespace"], one["object"]) for one in probe(homeperf, sim).report["details"]]
    assert found == [(code, namespace, name)]


@pytest.mark.parametrize("answer", ["refused", "silent"])
def test_a_service_that_takes_no_connections_is_found(homeperf: Homeperf, sim: RunningSim, answer: str):
    report = probe(homeperf, sim).report
    balancer = next(one for one in report["probes"] if one["object"] == "Service/ingress-nginx-controller")
    sim.fault("tcp", host=f"{balancer['namespace']}/*", answer=answer)
    done = probe(homeperf, sim)
    assert [(one["code"], one["object"]) for one in done.report["details"]] == [("HP481", balancer["object"])]
    assert done.code == 2


def test_a_dead_dns_server_is_one_finding(homeperf: Homeperf, sim: RunningSim):
    sim.fault("dns", answer="silent", server="outside")
    report = probe(homeperf, sim).report
    assert [one["code"] for one in report["details"]] == ["HP472"]


def test_a_resolver_out_of_reach_is_a_note(homeperf: Homeperf, sim: RunningSim):
    sim.fault("dns", answer="silent", server="inside")
    report = probe(homeperf, sim).report
    assert report["details"] == []
    assert report["notes"][0].startswith("the cluster's resolver cannot be asked from workstation")


def test_without_leave_loopback_is_not_connected_to(homeperf: Homeperf, sim: RunningSim, tmp_path):
    """Only what the user's own kubeconfig names is."""
    assert sim.endpoints
    config = tmp_path / "strict.yaml"
    config.write_text(f"probes:\n  resolver: {sim.endpoints.outside}\n")
    report = probe(homeperf, sim, HOMEPERF_CONFIG=str(config)).report
    assert {one["code"] for one in report["details"]} == {"HP477"}
    connected = [one["object"] for one in report["probes"] if one["address"]]
    assert connected == ["Context/homelab"]


def test_targets_by_hand_and_their_expectations(homeperf: Homeperf, sim: RunningSim, tmp_path):
    assert sim.endpoints
    _, _, host = site(probe(homeperf, sim).report)
    config = tmp_path / "mine.yaml"
    config.write_text(
        Path(sim.endpoints.configuration).read_text()
        + f"""\
  targets:
    - url: https://{host}:{sim.endpoints.https}/?apikey=hunter2
      status: [204]
      names: [other.home.arpa]
    - tcp: 127.0.0.1:{sim.endpoints.http}
    - dns: home.arpa
      type: MX
      expect: 10 mail.home.arpa
    - dns: home.arpa
      type: TXT
      expect: [something]
"""
    )
    done = probe(homeperf, sim, HOMEPERF_CONFIG=str(config))
    found = {(one["code"], one["object"]) for one in done.report["details"]}
    page = f"Probe/https://{host}:{sim.endpoints.https}/?..."
    assert found == {("HP492", page), ("HP486", page), ("HP476", "Probe/dns:home.arpa/TXT")}
    written = [path.read_bytes() for path in homeperf.parquet]
    assert "hunter2" not in done.out + done.err
    assert not any(b"hunter2" in data for data in written)


def test_probes_are_rows_of_the_timings_with_their_vantage(homeperf: Homeperf, sim: RunningSim):
    report = probe(homeperf, sim).report
    rows = [row for path in homeperf.parquet for row in pq.read_table(path).to_pylist() if row["kind"] == "probe"]
    assert sorted(row["resource"] for row in rows) == sorted(one["target"] for one in report["probes"])
    assert {(row["vantage"], row["run"]) for row in rows} == {("workstation", report["run"])}
    web = [row for row in rows if row["resource"].startswith("https")]
    assert all(min(row["connect"], row["tls"], row["first_byte"]) > 0 for row in web)
    assert {row["status"] for row in web} == {200}


def test_the_table_says_how_many_answered_and_wide_says_how_fast(homeperf: Homeperf, sim: RunningSim):
    assert sim.endpoints
    given = {"HOMEPERF_CONFIG": sim.endpoints.configuration}
    chosen = ("check", "network", "--probe", "--runner", "local", "--kubeconfig", str(sim.kubeconfig))
    table = homeperf.run(*chosen, **given).out
    assert "probes from workstation were answered in" in table
    wide = homeperf.run(*chosen, "-o", "wide", **given).out
    assert "FIRST BYTE" in wide
    assert "tls://127.0.0.1:" in wide


def test_a_suppressed_finding_stays_counted(homeperf: Homeperf, sim: RunningSim, tmp_path):
    assert sim.endpoints
    _, _, host = site(probe(homeperf, sim).report)
    sim.fault("http", host=host, answer="status", status=500)
    config = tmp_path / "hide.yaml"
    config.write_text(Path(sim.endpoints.configuration).read_text() + "suppress:\n  - code: HP491\n")
    done = probe(homeperf, sim, HOMEPERF_CONFIG=str(config))
    assert (done.code, done.report["details"]) == (0, [])
    assert [one["code"] for one in done.report["suppressed"]] == ["HP491"]


def test_an_authority_that_is_no_file_is_said_before_anything_is_read(homeperf: Homeperf, sim: RunningSim, tmp_path):
    config = tmp_path / "odd.yaml"
    config.write_text("probes:\n  ca: nowhere.crt\n")
    done = probe(homeperf, sim, HOMEPERF_CONFIG=str(config))
    assert done.code == 3
    assert "probes.ca" in done.err
    assert sim.counts()["total"] == 0
    (tmp_path / "nowhere.crt").write_text("no certificate")
    assert "holds no certificate in PEM" in probe(homeperf, sim, HOMEPERF_CONFIG=str(config)).err
