"""What is found on a genuine server is the truth, the whole truth and nothing else."""

from __future__ import annotations

import pytest

from homeperf_ray.checks.growth_codes import GROWTH_CODES
from homeperf_ray.checks.manifest_codes import MANIFEST_CODES
from homeperf_ray.checks.registry import CHECKS, CODES
from tests.apiserver.conftest import Genuine
from tests.apiserver.content.homelab import OPEN
from tests.apiserver.content.made import Sick
from tests.apiserver.report import found
from tests.apiserver.server import ApiServer
from tests.cli.command import Homeperf

pytestmark = pytest.mark.apiserver

UNJUDGED = {"HP001", "HP002", "HP003", "HP004"}


@pytest.mark.parametrize("runner", ["serial", "local"])
def test_every_sick_object_is_found_and_no_healthy_one(homeperf: Homeperf, genuine: Genuine, runner: str):
    done = homeperf.check(genuine.server.users.admin, runner=runner)
    assert found(done.report) == genuine.truth.sick
    assert done.report["summary"]["errors"] == 0
    versions, asleep = done.report["notes"]
    assert versions.startswith("kubelets of several minor versions: ")
    assert asleep.startswith("Services of what is scaled to zero: ")
    assert (done.code, done.report["status"]) == (2, "critical")


def test_among_1200_pods_and_a_broken_network_too(homeperf: Homeperf, crowded: Genuine):
    report = homeperf.check(crowded.server.users.admin).report
    assert found(report) == crowded.truth.sick
    assert report["summary"]["total"] > 1_200


def test_the_totals_add_up(homeperf: Homeperf, genuine: Genuine):
    summary = homeperf.check(genuine.server.users.admin).report["summary"]
    assert summary["total"] == sum(summary[part] for part in ("healthy", "warnings", "critical", "errors"))
    assert summary["healthy"] > summary["warnings"] + summary["critical"]


def test_a_server_with_nothing_on_it_has_no_dns_and_no_default_class(homeperf: Homeperf, bare: ApiServer):
    report = homeperf.check(bare.users.admin).report
    assert set(found(report)) == {
        Sick("", "StorageClass/default", "HP303"),
        Sick("kube-system", "Deployment/coredns", "HP411"),
    }
    assert any("Flux is not installed" in note for note in report["notes"])
    assert any("Ceph is not installed" in note for note in report["notes"])
    assert report["summary"]["errors"] == 0


def test_the_truth_has_every_code_of_a_check_without_options(genuine: Genuine, crowded: Genuine):
    told = {sick.code for server in (genuine, crowded) for sick in server.truth.sick} | {"HP303", "HP411"}
    elsewhere = {code.id for check in CHECKS if check.source != "lists" for code in check.codes}
    elsewhere |= {code.id for code in (*MANIFEST_CODES, *GROWTH_CODES)}
    assert set(CODES) - elsewhere - told == UNJUDGED


@pytest.mark.parametrize(
    ("domain", "digit"), [("nodes", "1"), ("workloads", "2"), ("storage", "3"), ("network", "4"), ("flux", "5")]
)
def test_a_domain_finds_its_own(homeperf: Homeperf, genuine: Genuine, domain: str, digit: str):
    report = homeperf.check(genuine.server.users.admin, domain).report
    assert found(report) == genuine.truth.within(digit)


def test_named_namespaces_are_judged_alone(homeperf: Homeperf, genuine: Genuine):
    report = homeperf.check(genuine.server.users.admin, "workloads", "storage", "-n", ",".join(OPEN)).report
    truth = genuine.truth.within("2", OPEN) + genuine.truth.within("3", OPEN)
    assert len(truth) > 20
    assert found(report) == truth


def test_a_namespace_that_does_not_exist_is_an_error(homeperf: Homeperf, genuine: Genuine):
    report = homeperf.check(genuine.server.users.admin, "workloads", "-n", "media,medai").report
    [error] = [finding for finding in report["details"] if finding["severity"] == "error"]
    assert error["code"] == "HP004"
    assert "did you mean media?" in error["message"]
    assert found(report) == genuine.truth.within("2", ["media"])


def test_control_characters_of_the_cluster_reach_no_terminal(homeperf: Homeperf, genuine: Genuine):
    done = homeperf.run("check", "nodes", "--kubeconfig", str(genuine.server.users.admin), "--runner", "local")
    assert "down" in done.out
    assert "[bold]now[/bold]" in done.out
    assert "\x1b" not in done.out
